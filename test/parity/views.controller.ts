/** The routes under `/views`, which `/viewsets` names as well: one voucher, created in every way. */
import { All, Controller, Get, HttpCode, Req } from '@nestjs/common';
import { IdempotencyExempt, IdempotencyKey, IdempotencyManual, IdempotencyState } from 'nestjs-idempotency';
import { Counters, type FixtureRequest, responseOf } from './fixture.js';

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
  createManual(@Req() request: FixtureRequest, @IdempotencyState() state: IdempotencyState) {
    this.counters.next(request);
    return state.answer === undefined ? {} : responseOf(state.answer, 200);
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
