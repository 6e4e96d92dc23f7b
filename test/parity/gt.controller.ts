/** The routes under `/gt`: each combination of decorators, one handler behind them. */
import { All, Controller, Req, Res } from '@nestjs/common';
import { IdempotencyExempt, IdempotencyKey, IdempotencyState } from 'nestjs-idempotency';
import { Counters, type FixtureRequest, type FixtureResponse, flagsOf, perform } from './fixture.js';

@Controller('gt')
export class GtController {
  constructor(private readonly counters: Counters) {}

  @All('none')
  none(
    @Req() request: FixtureRequest,
    @Res({ passthrough: true }) response: FixtureResponse,
    @IdempotencyState() state: IdempotencyState,
  ) {
    return this.answer(request, response, state);
  }

  @All(['key', 'key_call'])
  @IdempotencyKey()
  key(
    @Req() request: FixtureRequest,
    @Res({ passthrough: true }) response: FixtureResponse,
    @IdempotencyState() state: IdempotencyState,
  ) {
    return this.answer(request, response, state);
  }

  @All('opt')
  @IdempotencyKey({ optional: true })
  optional(
    @Req() request: FixtureRequest,
    @Res({ passthrough: true }) response: FixtureResponse,
    @IdempotencyState() state: IdempotencyState,
  ) {
    return this.answer(request, response, state);
  }

  @All('exempt')
  @IdempotencyExempt()
  exempt(
    @Req() request: FixtureRequest,
    @Res({ passthrough: true }) response: FixtureResponse,
    @IdempotencyState() state: IdempotencyState,
  ) {
    return this.answer(request, response, state);
  }

  @All('cache7')
  @IdempotencyKey({ cacheName: 'SevenDayCache' })
  cache(
    @Req() request: FixtureRequest,
    @Res({ passthrough: true }) response: FixtureResponse,
    @IdempotencyState() state: IdempotencyState,
  ) {
    return this.answer(request, response, state);
  }

  @All('outer_overrides_optional')
  @IdempotencyKey()
  @IdempotencyKey({ optional: true })
  outerWins(
    @Req() request: FixtureRequest,
    @Res({ passthrough: true }) response: FixtureResponse,
    @IdempotencyState() state: IdempotencyState,
  ) {
    return this.answer(request, response, state);
  }

  @All('outer_optional_inner_cache')
  @IdempotencyKey({ optional: true })
  @IdempotencyKey({ cacheName: 'SevenDayCache' })
  bothHold(
    @Req() request: FixtureRequest,
    @Res({ passthrough: true }) response: FixtureResponse,
    @IdempotencyState() state: IdempotencyState,
  ) {
    return this.answer(request, response, state);
  }

  @All('redirect')
  async redirect(@Req() request: FixtureRequest, @Res({ passthrough: true }) response: FixtureResponse): Promise<void> {
    await perform(this.counters, request, response, 302);
    response.header('Location', '/gt/key/');
  }

  private async answer(request: FixtureRequest, response: FixtureResponse, state: IdempotencyState): Promise<unknown> {
    const n = await perform(this.counters, request, response);
    return { n, flags: flagsOf(state) };
  }
}
