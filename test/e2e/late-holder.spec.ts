/** A handler that ends after somebody else's record was written to its slot: what its client hears, on both platforms. */
import { Controller, Inject, Module, Post } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { envelope, type IdempotencyLock, type KeptRecord, MemoryLock } from '@nestjs-idempotency/core';
import { faulty } from '@nestjs-idempotency/testing';
import {
  IDEMPOTENCY_STORAGE,
  IdempotencyKey,
  IdempotencyManual,
  IdempotencyModule,
  IdempotencyState,
  type IdempotencyStorage,
} from 'nestjs-idempotency';
import { until } from './orders.js';
import { closeAll, run } from './running.js';
import { send } from './send.js';
import { PLATFORMS, serve } from './serve.js';

/** Writes this record to the slot of the request that runs, as a holder does that overtook it. */
let overtaking: KeptRecord;

@Controller('orders')
class OrdersController {
  constructor(@Inject(IDEMPOTENCY_STORAGE) private readonly storage: IdempotencyStorage) {}

  @Post()
  @IdempotencyKey()
  async create(@IdempotencyState() state: IdempotencyState): Promise<object> {
    const { slot } = state;
    if (slot === undefined) throw new Error('The request has no slot.');
    await this.storage.save(slot, await envelope.encode(overtaking, slot), 60_000);
    return { order: 'mine' };
  }
}

@Module({ imports: [IdempotencyModule.forRoot({ profile: 'ietf' })], controllers: [OrdersController] })
class AppModule {}

const order = () => ({
  method: 'POST',
  headers: { 'idempotency-key': '"late"', 'content-type': 'application/json' },
  body: '{"item":1}',
});

/** The first request ends when the test says so; the others end at once. */
let runs = 0;
let letFirstEnd = (): void => undefined;

@Controller()
class ManualController {
  @Post('orders')
  @IdempotencyManual()
  async create(): Promise<object> {
    const order = ++runs;
    if (order === 1) await new Promise<void>((resolve) => (letFirstEnd = resolve));
    return { order };
  }
}

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  it('a manual handler that comes late leaves the record of who took its slot, and its client hears that', async () => {
    runs = 0;
    const lock = faulty<IdempotencyLock>(new MemoryLock());
    const { port, events } = await run(
      platform,
      { profile: 'ietf', lock: { use: lock.port, leaseMs: 150 } },
      { controllers: [ManualController] },
    );
    lock.troubles.always((call) => (call === 'renew' ? 'lose-request' : undefined));
    const late = send(port, '/orders', { key: 'k' });
    await until(() => events.some((event) => event.kind === 'fault' && event.fault.kind === 'lease-lost'));
    lock.troubles.heal();
    expect((await send(port, '/orders', { key: 'k' })).text).toBe('{"order":2}');
    letFirstEnd();
    expect((await late).text).toBe('{"order":2}');
    expect(events.flatMap((event) => (event.kind === 'request' ? [event.outcome] : []))).toEqual(['executed', 'superseded']);
  });

  it('it does not hear the answer to another request', async () => {
    const secret = { status: 201, headers: [], body: Buffer.from('the secret of another request') };
    overtaking = { kind: 'answer', fingerprint: 'of another request', answer: secret };
    const server = await serve(platform, AppModule);
    try {
      const response = await fetch(`${server.url}/orders`, order());
      expect(await response.text()).not.toContain('secret');
      expect(response.status).toBe(422);
    } finally {
      await server.close();
    }
  });
});
