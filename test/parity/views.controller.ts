/** The routes under `/views`, which `/viewsets` names as well: one voucher, created in every way. */
import { All, Controller, Get, HttpCode, Req, Res } from '@nestjs/common';
import { IdempotencyExempt, IdempotencyKey, IdempotencyManual, IdempotencyState } from 'nestjs-idempotency';
import { Counters, type FixtureRequest, type FixtureResponse } from './fixture.js';

@Controller(['views', 'viewsets'])
export class ViewsController {
  constructor(private readonly counters: Counters) {}

  @Get('get')
  get(@Req() request: FixtureRequest, @IdempotencyState() state: IdempotencyState) {
    return this.tell(request, state);
  }

  @All(['create', 'create-custom-header'])
  @HttpCode(201)
  @IdempotencyKey()
  create(@Req() request: FixtureRequest) {
    return this.nothing(request);
  }

  @All('create-with-my-cache')
  @HttpCode(201)
  @IdempotencyKey({ cacheName: 'FiveMinuteCache' })
  createWithMyCache(@Req() request: FixtureRequest) {
    return this.nothing(request);
  }

  @All('create-optional')
  @HttpCode(201)
  @IdempotencyKey({ optional: true })
  createOptional(@Req() request: FixtureRequest) {
    return this.nothing(request);
  }

  @All('create-exempt')
  @HttpCode(201)
  @IdempotencyExempt()
  createExempt(@Req() request: FixtureRequest, @IdempotencyState() state: IdempotencyState) {
    return this.tell(request, state);
  }

  @All('create-no-decorators')
  @HttpCode(201)
  createNoDecorators(@Req() request: FixtureRequest, @IdempotencyState() state: IdempotencyState) {
    return this.tell(request, state);
  }

  @All('create-manual')
  @HttpCode(201)
  @IdempotencyManual()
  createManual(
    @Req() request: FixtureRequest,
    @Res({ passthrough: true }) response: FixtureResponse,
    @IdempotencyState() { answer }: IdempotencyState,
  ): unknown {
    this.counters.next(request);
    if (answer === undefined) return {};
    response.status(200);
    return JSON.parse(Buffer.from(answer.body).toString());
  }

  private nothing(request: FixtureRequest): object {
    this.counters.next(request);
    return {};
  }

  private tell(request: FixtureRequest, state: IdempotencyState): object {
    this.counters.next(request);
    return { idempotency_key_exempt: state.exempt };
  }
}
