/** A handler that ends after somebody else's record was written to its slot: what its client hears, on both platforms. */
import { Controller, Inject, Module, Post } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { envelope, type KeptRecord } from '@nestjs-idempotency/core';
import {
  IDEMPOTENCY_STORAGE,
  IdempotencyKey,
  IdempotencyModule,
  IdempotencyState,
  type IdempotencyStorage,
} from 'nestjs-idempotency';
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

describe.each(PLATFORMS)('on %s', (platform) => {
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
