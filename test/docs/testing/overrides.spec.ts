// src/overrides.spec.ts
import { Controller, Module, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RedisBackend } from '@nestjs-idempotency/redis';
import {
  IDEMPOTENCY_GIVEN_OPTIONS,
  IDEMPOTENCY_LOCK,
  IDEMPOTENCY_OPTIONS,
  IDEMPOTENCY_STORAGE,
  IdempotencyKey,
  IdempotencyModule,
  type IdempotencyOptions,
  MemoryLock,
  MemoryStorage,
} from 'nestjs-idempotency';

@Controller('orders')
class OrdersController {
  @Post()
  @IdempotencyKey()
  create() {
    return { state: 'placed' };
  }
}

@Module({
  imports: [
    IdempotencyModule.forRoot({ profile: 'ietf', application: 'orders', backend: new RedisBackend('redis://redis:6379') }),
  ],
  controllers: [OrdersController],
})
class AppModule {}

const inMemory = () =>
  Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(IDEMPOTENCY_STORAGE)
    .useClass(MemoryStorage)
    .overrideProvider(IDEMPOTENCY_LOCK)
    .useClass(MemoryLock);

describe('AppModule', () => {
  it('is initialised in memory', async () => {
    const module = await inMemory().compile();
    await module.init();
    expect(module.get(IDEMPOTENCY_STORAGE, { strict: false })).toBeInstanceOf(MemoryStorage);
    await module.close();
  });

  it('is initialised with one option changed', async () => {
    const module = await inMemory()
      .overrideProvider(IDEMPOTENCY_OPTIONS)
      .useFactory({
        factory: (given: IdempotencyOptions): IdempotencyOptions => ({ ...given, leaseMs: 1_000 }),
        inject: [IDEMPOTENCY_GIVEN_OPTIONS],
      })
      .compile();
    await module.init();
    expect(module.get(IDEMPOTENCY_OPTIONS, { strict: false })).toMatchObject({ profile: 'ietf', leaseMs: 1_000 });
    await module.close();
  });
});
