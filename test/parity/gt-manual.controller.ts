/** The manual routes under `/gt`: the handler sees what was answered before, and may answer it again. */
import { All, Controller, Req, Res } from '@nestjs/common';
import { IdempotencyKey, IdempotencyManual, IdempotencyState } from 'nestjs-idempotency';
import { Counters, type FixtureRequest, type FixtureResponse, perform } from './fixture.js';

@Controller('gt')
export class GtManualController {
  constructor(private readonly counters: Counters) {}

  @All('manual')
  @IdempotencyManual()
  manual(
    @Req() request: FixtureRequest,
    @Res({ passthrough: true }) response: FixtureResponse,
    @IdempotencyState() state: IdempotencyState,
  ) {
    return this.answer(request, response, state);
  }

  @All('manual_opt')
  @IdempotencyManual()
  @IdempotencyKey({ optional: true })
  optional(
    @Req() request: FixtureRequest,
    @Res({ passthrough: true }) response: FixtureResponse,
    @IdempotencyState() state: IdempotencyState,
  ) {
    return this.answer(request, response, state);
  }

  @All('manual_key')
  @IdempotencyManual()
  @IdempotencyKey()
  key(
    @Req() request: FixtureRequest,
    @Res({ passthrough: true }) response: FixtureResponse,
    @IdempotencyState() state: IdempotencyState,
  ) {
    return this.answer(request, response, state);
  }

  @All('manual_cache')
  @IdempotencyManual()
  @IdempotencyKey({ cacheName: 'SevenDayCache' })
  cache(
    @Req() request: FixtureRequest,
    @Res({ passthrough: true }) response: FixtureResponse,
    @IdempotencyState() state: IdempotencyState,
  ) {
    return this.answer(request, response, state);
  }

  private async answer(request: FixtureRequest, response: FixtureResponse, state: IdempotencyState): Promise<unknown> {
    const n = await perform(this.counters, request, response);
    const { answer, exists } = state;
    if (answer !== undefined && request.headers['x-manual'] === 'replay') return answer;
    const previous = answer === undefined ? null : (JSON.parse(Buffer.from(answer.body).toString()) as { readonly n?: number });
    return { n, exists, prev_status: answer?.status ?? null, prev_n: previous?.n ?? null, prev_body: previous };
  }
}
