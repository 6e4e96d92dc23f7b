/** An exception of the application's own, and the filter that renders it. */
import { Catch, HttpStatus, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/** Raised where a teapot was asked for coffee. */
export class Teapot extends Error {
  constructor(readonly run: number) {
    super('short and stout');
  }
}

/** Renders a teapot as text, with a header of its own. */
@Catch(Teapot)
export class TeapotFilter implements ExceptionFilter<Teapot> {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(teapot: Teapot, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<object>();
    this.host.httpAdapter.setHeader(response, 'Content-Language', 'en');
    this.host.httpAdapter.reply(response, `I'm a teapot ${String(teapot.run)}`, HttpStatus.I_AM_A_TEAPOT);
  }
}
