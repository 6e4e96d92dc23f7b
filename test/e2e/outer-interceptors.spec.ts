/** Interceptors outside that read what a handler returns, when there is a replay instead, on both platforms. */
import { Controller, type ExecutionContext, type CallHandler, Module, type NestInterceptor, Post } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import { map, type Observable } from 'rxjs';
import { PLATFORMS, serve } from './serve.js';

/** Throws where there is no order. */
class Envelope implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<{ order: { id: number } }>): Observable<unknown> {
    return next.handle().pipe(map((value) => ({ ...value, id: value.order.id })));
  }
}

@Controller('orders')
class OrdersController {
  @Post()
  @IdempotencyKey()
  create(): object {
    return { order: { id: 7 } };
  }
}

/** Imported first, so that its interceptor stands outside. */
@Module({ providers: [{ provide: APP_INTERCEPTOR, useClass: Envelope }] })
class EnvelopeModule {}

@Module({
  imports: [EnvelopeModule, IdempotencyModule.forRoot({ profile: 'classic', conflictStatus: null })],
  controllers: [OrdersController],
})
class AppModule {}

it.each(PLATFORMS)('find a value on %s, and log no error', async (platform) => {
  const logged: unknown[] = [];
  const log = (...args: unknown[]) => logged.push(args);
  const logger = { log: () => undefined, error: log, warn: log };
  const server = await serve(platform, AppModule, undefined, { logger });
  try {
    const ask = async () => (await fetch(`${server.url}/orders`, { method: 'POST', headers: { 'idempotency-key': 'a' } })).text();
    const first = await ask();
    expect(first).toBe('{"order":{"id":7},"id":7}');
    expect(await ask()).toBe(first);
    expect(logged).toEqual([]);
  } finally {
    await server.close();
  }
});
