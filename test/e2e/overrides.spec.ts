/** Whatever of the module can be injected can be overridden by a test of an application, in each way that Nest has, on both platforms. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Injectable, type NestInterceptor, Post } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { type IdempotencyBackend, pair } from '@nestjs-idempotency/core';
import {
  IDEMPOTENCY_BACKEND,
  IDEMPOTENCY_ENCODER,
  IDEMPOTENCY_GIVEN_OPTIONS,
  IDEMPOTENCY_LOCK,
  IDEMPOTENCY_OPTIONS,
  IDEMPOTENCY_STORAGE,
  type IdempotencyEncoder,
  IdempotencyEvents,
  IdempotencyInterceptor,
  IdempotencyKey,
  IdempotencyModule,
  type IdempotencyOptions,
  IdempotencyPolicies,
  MemoryLock,
  MemoryStorage,
} from 'nestjs-idempotency';
import { send } from './send.js';
import { PLATFORMS } from './serve.js';

@Controller('orders')
class Orders {
  static runs = 0;

  @Post()
  @IdempotencyKey()
  create(): object {
    return { runs: ++Orders.runs };
  }
}

/** What was made by Nest, or by a test, tells here that it was asked. */
const asked: string[] = [];

@Injectable()
class Storage extends MemoryStorage {
  override find(slot: string): ReturnType<MemoryStorage['find']> {
    asked.push('storage');
    return super.find(slot);
  }
}

@Injectable()
class Lock extends MemoryLock {
  override acquire(...lease: Parameters<MemoryLock['acquire']>): ReturnType<MemoryLock['acquire']> {
    asked.push('lock');
    return super.acquire(...lease);
  }
}

/** One slot for everybody. */
@Injectable()
class Encoder implements IdempotencyEncoder {
  encode(): { slot: string; fingerprint: string } {
    asked.push('encoder');
    return { slot: 'slot', fingerprint: 'asked' };
  }
}

@Injectable()
class Events extends IdempotencyEvents {
  override emit(...event: Parameters<IdempotencyEvents['emit']>): void {
    asked.push('events');
    super.emit(...event);
  }
}

@Injectable()
class Off implements NestInterceptor {
  intercept(...[, next]: Parameters<NestInterceptor['intercept']>): ReturnType<NestInterceptor['intercept']> {
    asked.push('interceptor');
    return next.handle() as ReturnType<NestInterceptor['intercept']>;
  }
}

@Injectable()
class Backend implements IdempotencyBackend {
  readonly #made = pair(new Storage(), new Lock());
  readonly open = this.#made.open.bind(this.#made);
  readonly renew = this.#made.renew.bind(this.#made);
  readonly release = this.#made.release.bind(this.#made);
  readonly settle = this.#made.settle.bind(this.#made);
  readonly resettle = this.#made.resettle.bind(this.#made);
}

/** A part of a server that no test has: to ask it, or to check it at the start, fails. */
function unreachable<Methods extends string>(...methods: Methods[]): Record<Methods | 'check', () => Promise<never>> {
  const no = (): Promise<never> => Promise.reject(new Error('A server was asked.'));
  return Object.fromEntries([...methods, 'check'].map((name) => [name, no])) as Record<Methods | 'check', () => Promise<never>>;
}
const remoteStorage = unreachable('find', 'save', 'replace');
const remoteLock = unreachable('acquire', 'renew', 'release');
const remoteBackend = unreachable('open', 'renew', 'release', 'settle', 'resettle');

type Made = new () => object;
type Token = Parameters<TestingModuleBuilder['overrideProvider']>[0];
type Override = (builder: TestingModuleBuilder, token: Token, type: Made) => TestingModuleBuilder;

const WAYS: readonly (readonly [string, Override])[] = [
  ['useValue', (builder, token, type) => builder.overrideProvider(token).useValue(new type())],
  ['useClass', (builder, token, type) => builder.overrideProvider(token).useClass(type)],
  ['useFactory', (builder, token, type) => builder.overrideProvider(token).useFactory({ factory: () => new type() })],
];

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  asked.length = 0;
  Orders.runs = 0;
});

describe.each(PLATFORMS)('on %s', (platform) => {
  const start = async (options: IdempotencyOptions, override: (builder: TestingModuleBuilder) => TestingModuleBuilder) => {
    const builder = Test.createTestingModule({
      imports: [IdempotencyModule.forRoot({ profile: 'ietf', ...options })],
      controllers: [Orders],
    });
    const module = await override(builder).compile();
    const app = module.createNestApplication(platform === 'express' ? new ExpressAdapter() : new FastifyAdapter());
    app.useLogger(false);
    closing.push(() => app.close());
    await app.listen(0, '127.0.0.1');
    const port = Number(new URL(await app.getUrl()).port);
    return async (key?: string): Promise<string> => {
      const { status, text } = await send(port, '/orders', { key });
      return `${status} ${status < 300 ? text : ''}`.trim();
    };
  };

  describe.each(WAYS)('by %s', (_, override) => {
    it.each<[string, Token, Made, IdempotencyOptions, string[]]>([
      ['a storage', IDEMPOTENCY_STORAGE, Storage, { storage: { use: remoteStorage } }, ['storage']],
      [
        'the storage of the cache that is the default',
        IDEMPOTENCY_STORAGE,
        Storage,
        { storage: { cacheName: 'week', caches: { week: remoteStorage } } },
        ['storage'],
      ],
      ['a lock', IDEMPOTENCY_LOCK, Lock, { lock: { use: remoteLock } }, ['lock']],
      ['an encoder', IDEMPOTENCY_ENCODER, Encoder, {}, ['encoder']],
      ['a backend', IDEMPOTENCY_BACKEND, Backend, { backend: remoteBackend }, ['storage', 'lock']],
      [
        'a backend over storage and lock',
        IDEMPOTENCY_BACKEND,
        Backend,
        { storage: { use: remoteStorage }, lock: { use: remoteLock } },
        ['storage', 'lock'],
      ],
      ['events', IdempotencyEvents, Events, { onEvent: () => undefined }, ['events']],
    ])('%s is used', async (__, token, type, options, names) => {
      const order = await start(options, (builder) => override(builder, token, type));
      expect([await order('a'), await order('a')]).toEqual(['201 {"runs":1}', '201 {"runs":1}']);
      expect(asked).toEqual(expect.arrayContaining(names));
    });

    it('an interceptor that passes by leaves nothing protected', async () => {
      const order = await start({}, (builder) => override(builder, IdempotencyInterceptor, Off));
      expect([await order(), await order('a'), await order('a')]).toEqual([1, 2, 3].map((runs) => `201 {"runs":${runs}}`));
      expect(asked).toHaveLength(3);
    });

    it('options take the place of all of them', async () => {
      class Options {
        readonly profile = 'classic';
      }
      const order = await start({ backend: remoteBackend }, (builder) => override(builder, IDEMPOTENCY_OPTIONS, Options));
      expect([await order('a'), await order('a')]).toEqual(['201 {"runs":1}', '409']);
    });
  });

  it('one option is changed in what was given', async () => {
    const change = (builder: TestingModuleBuilder): TestingModuleBuilder =>
      builder.overrideProvider(IDEMPOTENCY_OPTIONS).useFactory({
        factory: ({ backend: _, ...given }: IdempotencyOptions) => ({ ...given, conflictStatus: 208 }),
        inject: [IDEMPOTENCY_GIVEN_OPTIONS],
      });
    const order = await start({ backend: remoteBackend }, change);
    expect([await order(), await order('a'), await order('a')]).toEqual(['400', '201 {"runs":1}', '208 {"runs":1}']);
  });

  it('the start says what is wrong with one that is none', async () => {
    const by = (token: Token, value: unknown) => start({}, (builder) => builder.overrideProvider(token).useValue(value));
    await expect(by(IDEMPOTENCY_OPTIONS, { profile: 'IETF' })).rejects.toThrow("did you mean 'ietf'?");
    // Not by `useValue(undefined)`, which Nest 11 takes for no override at all.
    const forgetful = { factory: () => undefined };
    const nothing = start({}, (builder) => builder.overrideProvider(IDEMPOTENCY_OPTIONS).useFactory(forgetful));
    await expect(nothing).rejects.toThrow('was given no options');
    await expect(by(IdempotencyEvents, { emit: () => undefined })).rejects.toThrow('IdempotencyEvents must be an object with');
    await expect(by(IdempotencyInterceptor, {})).rejects.toThrow('IdempotencyInterceptor must be an object with intercept');
    await expect(by(IdempotencyPolicies, {})).rejects.toThrow('IdempotencyPolicies must be an object with document');
    await expect(by(IdempotencyPolicies, { document: () => undefined })).rejects.toThrow('let its `document()` return');
  });
});
