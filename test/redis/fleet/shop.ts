/** A shop on Redis as a process of its own. It tells its parent how far an order has come, and stands still where it was told to. */
import 'reflect-metadata';
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Lease, Opened, Saved, StoredRecord } from '@nestjs-idempotency/core';
import { RedisBackend } from '@nestjs-idempotency/redis';
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';
import {
  type Identity,
  type IdempotencyEncoder,
  type IdempotencyEvent,
  IdempotencyKey,
  IdempotencyModule,
  IdempotencyState,
  type KeyedRequest,
  OperationEncoder,
} from 'nestjs-idempotency';
import { historyWriter } from '../../proof/history.js';
import type { Step, ToParent, ToShop } from './messages.js';

const {
  REDIS = '',
  HISTORY = '',
  LEASE_MS = '',
  WAIT_MS = '',
  STOP_AT = '',
  AFTER_LAPSE = 'reexecute',
  PACE_MS = '0',
} = process.env;
const write = historyWriter(HISTORY);
const keys = new Map<string, string>();

const tell = (message: ToParent): void => void process.send?.(message);
let goOn = (): void => undefined;
const goneOn = new Promise<void>((resolve) => (goOn = resolve));
process.on('message', (message: ToShop) => {
  if (message === 'go on') goOn();
  if (message === 'close') void app.close().then(() => process.disconnect());
});

async function reach(step: Step): Promise<void> {
  tell({ reached: step });
  // Spreads an order over time, so that a kill at random falls between all steps.
  if (PACE_MS !== '0') await pause(Math.random() * Number(PACE_MS));
  if (STOP_AT === step) await goneOn;
}

class SteppedBackend extends RedisBackend {
  override async open(lease: Lease, leaseMs: number, keepMs: number, evenIfKept?: boolean): Promise<Opened> {
    const opened = await super.open(lease, leaseMs, keepMs, evenIfKept);
    if (opened.claim?.kind === 'won') await reach('claimed');
    return opened;
  }

  override async settle(lease: Lease, record: StoredRecord, keepMs: number): Promise<Saved> {
    await reach('ran');
    const saved = await super.settle(lease, record, keepMs);
    await reach('saved');
    return saved;
  }
}

/** Knows whose slot it is, so that a lapse can be told of the key. */
const encoder: IdempotencyEncoder = {
  async encode(request: KeyedRequest): Promise<Identity> {
    const identity = await new OperationEncoder().encode(request);
    keys.set(identity.slot, request.key);
    return identity;
  },
};

@Controller('orders')
class OrdersController {
  @Post()
  @IdempotencyKey()
  async place(@IdempotencyState() state: IdempotencyState): Promise<{ order: string }> {
    const order = randomUUID();
    write({ kind: 'effect', at: Date.now(), key: state.key ?? '', value: order });
    await reach('took effect');
    return { order };
  }
}

function onEvent(event: IdempotencyEvent): void {
  if (event.kind !== 'fault') return;
  const { kind, slot = '' } = event.fault;
  tell({ fault: kind });
  appendFileSync(`${HISTORY}.faults`, `${JSON.stringify({ kind, key: keys.get(slot) ?? slot })}\n`);
  if (kind === 'lapsed' || kind === 'lease-lost') write({ kind: 'lapse', at: Date.now(), key: keys.get(slot) ?? slot });
}

@Module({
  imports: [
    IdempotencyModule.forRoot({
      profile: 'ietf',
      backend: new SteppedBackend(REDIS, { onFault: () => undefined }),
      leaseMs: Number(LEASE_MS),
      waitMs: Number(WAIT_MS),
      afterLapse: AFTER_LAPSE === 'unknown' ? 'unknown' : 'reexecute',
      encoder,
      onEvent,
    }),
  ],
  controllers: [OrdersController],
})
class ShopModule {}

process.on('unhandledRejection', (error) => {
  tell({ fault: `unhandled rejection: ${String(error)}` });
});
const app = await NestFactory.create(ShopModule, { logger: ['error'] });
await app.listen(0, '127.0.0.1');
tell({ port: ((app.getHttpServer() as { address(): unknown }).address() as AddressInfo).port });
