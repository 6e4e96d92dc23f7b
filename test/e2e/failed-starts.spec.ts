/** What a start has subscribed to at a store that others use is taken back when the start fails. */
import { expect, it } from '@jest/globals';
import { Controller, Module, Post, type Provider } from '@nestjs/common';
import { MemoryLock, MemoryStorage } from '@nestjs-idempotency/core';
import { Test } from '@nestjs/testing';
import { IdempotencyKey, IdempotencyModule, type IdempotencyOptions, IdempotencyPolicies } from 'nestjs-idempotency';

/** One that knows how many listen to it. */
class Storage extends MemoryStorage {
  listeners = 0;

  override onDrop(listener: (slot: string) => void): () => void {
    this.listeners++;
    const end = super.onDrop(listener);
    return () => {
      this.listeners--;
      end();
    };
  }
}

class Broken extends MemoryStorage {
  constructor() {
    super();
    throw new Error('no cache');
  }
}

class Refusing extends MemoryLock {
  check(): Promise<string[]> {
    return Promise.reject(new Error('no more'));
  }
}

@Controller()
class Orders {
  @Post() @IdempotencyKey() create(): number {
    return 1;
  }
}

class Unserved {
  @IdempotencyKey() create(): number {
    return 1;
  }
}

interface Start {
  readonly options?: (storage: Storage) => IdempotencyOptions;
  readonly providers?: readonly Provider[];
  readonly policies?: object;
}

const FAILING: readonly (readonly [string, Start])[] = [
  ['a part refuses', { options: (use) => ({ storage: { use }, lock: { use: new Refusing() } }) }],
  [
    'a cache cannot be made',
    {
      options: (use) => ({ storage: { use, caches: { week: use, day: Broken } }, lock: { use: new MemoryLock() } }),
    },
  ],
  ['a mark is served by nothing', { providers: [Unserved] }],
  ['the policies are overridden by what has no document', { policies: { document: () => undefined } }],
];

it.each(FAILING)(
  'nobody listens to it any more where %s',
  async (_, { options = (use) => ({ storage: { use } }), providers = [], policies }) => {
    const storage = new Storage();
    @Module({
      imports: [IdempotencyModule.forRoot({ profile: 'ietf', ...options(storage) })],
      controllers: [Orders],
      providers: [...providers],
    })
    class AppModule {}
    const building = Test.createTestingModule({ imports: [AppModule] });
    if (policies) building.overrideProvider(IdempotencyPolicies).useValue(policies);
    const app = (await building.compile()).createNestApplication({ logger: false });
    await expect(app.init()).rejects.toThrow();
    expect(storage.listeners).toBe(0);
  },
);
