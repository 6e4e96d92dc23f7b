/** When a duplicate of a running request is told to come back: by how long its route takes, within the lease. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, HttpException, Param, Post } from '@nestjs/common';
import { IdempotencyKey } from 'nestjs-idempotency';
import { closeAll, run } from './running.js';
import { type Reply, send } from './send.js';
import { PLATFORMS } from './serve.js';

/** What time it is: it stands, but for what a test adds to it. */
let nowMs = 0;

let began: () => void = () => undefined;
let end: Promise<void> | undefined;

/** Its handlers take as long as they are asked to, or until the test ends them. */
@Controller()
class PaymentsController {
  @Post('pay/:ms')
  @IdempotencyKey()
  async pay(@Param('ms') ms: string): Promise<object> {
    return this.#take(ms);
  }

  @Post('refund/:ms')
  @IdempotencyKey({ leaseMs: 10_000 })
  async refund(@Param('ms') ms: string): Promise<object> {
    return this.#take(ms);
  }

  @Post('fail/:ms')
  @IdempotencyKey()
  async fail(@Param('ms') ms: string): Promise<never> {
    await this.#take(ms);
    throw new HttpException('the bank is closed', 503);
  }

  async #take(ms: string): Promise<object> {
    nowMs += Number(ms);
    began();
    await end;
    return { paid: true };
  }
}

beforeEach(() => {
  // Whole, so that what is left of a second is not rounded up to one more.
  nowMs = Math.ceil(performance.now());
  end = undefined;
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await closeAll();
});

describe.each(PLATFORMS)('on %s', (platform) => {
  /** What a duplicate is told of a request to `path` that has been running for each of `ages`. */
  async function told(port: number, path: string, ages: readonly number[]): Promise<Reply[]> {
    let finish: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (began = resolve));
    end = new Promise((resolve) => (finish = resolve));
    const running = send(port, path, { key: 'runs' });
    await begun;
    const replies: Reply[] = [];
    const beganAt = nowMs;
    for (const age of ages) {
      nowMs = beganAt + age;
      replies.push(await send(port, path, { key: 'runs' }));
    }
    finish();
    await running;
    end = undefined;
    return replies;
  }
  const headers = (replies: readonly Reply[]) => replies.map(({ status, headers }) => [status, headers['retry-after']]);

  it('what is left of the lease, where no request of the route has ended yet', async () => {
    const { port } = await run(platform, { profile: 'ietf' }, { controllers: [PaymentsController] });
    expect(headers(await told(port, '/pay/0', [0, 12_500]))).toEqual([
      [409, '30'],
      [409, '18'],
    ]);
  });

  it('what the route takes, without what the running request has taken; never less than a second', async () => {
    const { port } = await run(platform, { profile: 'ietf' }, { controllers: [PaymentsController] });
    await send(port, '/pay/3500', { key: 'first' });
    const replies = await told(port, '/pay/0', [0, 2_000, 6_000]);
    expect(headers(replies)).toEqual([
      [409, '4'],
      [409, '2'],
      [409, '1'],
    ]);
    expect(replies.map(({ text }) => (JSON.parse(text) as { retryAfterMs: number }).retryAfterMs)).toEqual([3_500, 1_500, 1_000]);
  });

  it('never more than is left of the lease, and each route by itself', async () => {
    const { port } = await run(platform, { profile: 'ietf' }, { controllers: [PaymentsController] });
    await send(port, '/refund/45000', { key: 'first' });
    expect(headers(await told(port, '/refund/0', [0, 4_500]))).toEqual([
      [409, '10'],
      [409, '6'],
    ]);
    expect(headers(await told(port, '/pay/0', [0]))).toEqual([[409, '30']]);
  });

  it('replays, refusals and requests without a key say nothing of how long it takes; handlers that throw do', async () => {
    const { port } = await run(platform, { profile: 'ietf' }, { controllers: [PaymentsController] });
    await send(port, '/fail/5500', { key: 'first' });
    await send(port, '/pay/5500', { key: 'first' });
    for (let i = 0; i < 30; i++) {
      expect((await send(port, '/pay/5500', { key: 'first' })).headers['idempotency-replayed']).toBe('true');
      expect((await send(port, '/pay/5500', { key: 'first', body: { item: 2 } })).status).toBe(422);
      expect((await send(port, '/pay/5500')).status).toBe(400);
    }
    expect(headers(await told(port, '/pay/0', [0]))).toEqual([[409, '6']]);
    expect(headers(await told(port, '/fail/0', [0]))).toEqual([[409, '6']]);
  });
});
