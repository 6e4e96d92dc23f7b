/** The application under load: a protected route on memory stores of which every hundredth call fails, in a process of its own. */
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MemoryLock, MemoryStorage } from '@nestjs-idempotency/core';
import { faulty, type Trouble } from '@nestjs-idempotency/testing';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';

/** What the application tells of itself once a second, after a collection of garbage. */
export interface Sample {
  readonly heapMb: number;
  readonly records: number;
}

const [KEEP_MS, LEASE_MS] = process.argv.slice(2).map(Number) as [number, number];
const storage = new MemoryStorage();
const stores = [faulty(storage), faulty(new MemoryLock())] as const;
let calls = 0;
const trouble = (): Trouble | undefined => {
  calls++;
  if (calls % 100 === 0) return 'lose-reply';
  if (calls % 151 === 0) return 'lose-request';
  return calls % 199 === 0 ? { stall: sleep(200) } : undefined;
};
for (const { troubles } of stores) troubles.always(trouble);

@Controller('orders')
class OrdersController {
  @Post()
  @IdempotencyKey()
  async create(@Body() order: { pauseMs: number; size: number }): Promise<object> {
    await sleep(order.pauseMs);
    return { text: 'x'.repeat(order.size) };
  }
}

const [{ port: use }, { port: lock }] = stores;

@Module({
  imports: [
    IdempotencyModule.forRoot({ profile: 'ietf', storage: { use, keepMs: KEEP_MS }, lock: { use: lock, leaseMs: LEASE_MS } }),
  ],
  controllers: [OrdersController],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
process.send?.({ url: await app.getUrl() });
setInterval(() => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({ heapMb: (heapUsed + external) / 2 ** 20, records: storage.size } satisfies Sample);
}, 1_000);
process.once('disconnect', () => process.exit());
