/** What extends a store of memory may ask anybody: its calls end, as those of any store. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Post } from '@nestjs/common';
import { MemoryLock, MemoryStorage } from '@nestjs-idempotency/core';
import { IdempotencyKey, type IdempotencyOptions } from 'nestjs-idempotency';
import { closeAll, run } from './running.js';
import { send } from './send.js';
import { PLATFORMS } from './serve.js';

const never = (): Promise<never> => new Promise(() => undefined);

@Controller()
class Orders {
  @Post('orders') @IdempotencyKey() create(): object {
    return { id: 1 };
  }
}

class Asking extends MemoryStorage {
  override find = never;
}

class Reserving extends MemoryStorage {
  override reserve(): never {
    return never() as never;
  }
}

class Locking extends MemoryLock {
  override acquire(): Promise<never> {
    return never();
  }
}

/** One whose methods somebody else has put there. */
const changed = Object.assign(new MemoryStorage(), { find: never });

const HANGING: readonly (readonly [string, IdempotencyOptions])[] = [
  ['a storage with a `find` of its own', { storage: { use: new Asking() } }],
  ['a storage with a `reserve` of its own', { storage: { use: new Reserving() } }],
  ['a storage whose `find` was replaced', { storage: { use: changed } }],
  ['a lock with an `acquire` of its own', { lock: { use: new Locking() } }],
];

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  it.each(HANGING)('%s that never answers is a 503 in time', async (_, options) => {
    const { port } = await run(platform, { profile: 'ietf', storeTimeoutMs: 30, ...options }, { controllers: [Orders] });
    const answer = await send(port, '/orders', { key: 'k', signal: AbortSignal.timeout(3_000) });
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('store-unavailable')]);
  });
});
