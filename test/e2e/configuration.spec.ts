/** Bad configuration stops the start, with an error that names the option or the method and the cure. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Post } from '@nestjs/common';
import { CacheManagerStorage } from '@nestjs-idempotency/cache-manager';
import { MemoryLock, MemoryStorage } from '@nestjs-idempotency/core';
import { createCache } from 'cache-manager';
import {
  IDEMPOTENCY_OPTIONS,
  IdempotencyConfigError,
  IdempotencyExempt,
  IdempotencyKey,
  IdempotencyManual,
  IdempotencyModule,
  type IdempotencyOptions,
} from 'nestjs-idempotency';
import { closeAll, run, runModule } from './running.js';
import { PLATFORMS } from './serve.js';

@Controller()
class Plain {
  @Post('orders')
  @IdempotencyKey()
  create() {
    return {};
  }
}

@Controller()
class ExemptAndKey {
  @Post()
  @IdempotencyExempt()
  @IdempotencyKey()
  create() {
    return {};
  }
}

@Controller()
class ExemptAndManual {
  @Post()
  @IdempotencyManual()
  @IdempotencyExempt()
  create() {
    return {};
  }
}

@IdempotencyExempt()
@IdempotencyKey()
@Controller()
class ContradictoryController {
  @Get()
  list() {
    return [];
  }
}

@Controller()
class UnknownCache {
  @Post()
  @IdempotencyKey({ cacheName: 'SevenDayCahce' })
  create() {
    return {};
  }
}

@Controller()
class MisspeltDecorator {
  @Post()
  @IdempotencyKey({ cachename: 'SevenDayCache' } as object)
  create() {
    return {};
  }
}

@Controller()
class WrongDecorator {
  @Post()
  @IdempotencyKey({ optional: 'yes' } as object)
  create() {
    return {};
  }
}

@Controller()
class Transactional {
  @Post()
  @IdempotencyKey({ transactional: true })
  create() {
    return {};
  }
}

class Both {
  open() {}
  renew() {}
  release() {}
  settle() {}
  resettle() {}
}

/** Wrong on purpose: the types would not allow it. */
const wrong = (options: object): IdempotencyOptions => options;

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  const refusal = async (options: IdempotencyOptions, controller: new () => object = Plain): Promise<string> => {
    const error: unknown = await run(platform, options, { controllers: [controller] }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(IdempotencyConfigError);
    return (error as IdempotencyConfigError).message;
  };

  it.each([
    ['an unknown option', { timeout: 1 }, ['`timeout`', 'is not an option', 'known are']],
    ['a misspelt option', { conflictstatus: 409 }, ['`conflictstatus`', 'did you mean `conflictStatus`?']],
    [
      'an unknown option of the storage',
      { storage: { cach: 'x', stage: 1 } },
      ['`storage.cach`', 'did you mean `storage.caches`'],
    ],
    ['a misspelt option of the lock', { lock: { TimeoutMs: 1 } }, ['`lock.TimeoutMs`', 'did you mean `lock.timeoutMs`?']],
    ['an unknown mode', { mode: 'optin' }, ['`mode`', "one of 'opt-in', 'opt-out'"]],
    ['an unknown profile', { profile: 'django' }, ['`profile`', "'classic'"]],
    ['a profile in capitals', { profile: 'IETF' }, ['`profile`', "did you mean 'ietf'?"]],
    ['a misspelt profile', { profil: 'ietf' }, ['did you mean `profile`?']],
    ['a misspelt word of the module', { isglobal: true }, ['did you mean `isGlobal`?']],
    ['a misspelt mode', { mode: 'optout' }, ["'opt-in', 'opt-out'; did you mean 'opt-out'?"]],
    ['a misspelt format', { keyFormat: 'UUID' }, ["did you mean 'uuid'?"]],
    ['a misspelt rule for lapses', { afterLapse: 'unkown' }, ["did you mean 'unknown'?"]],
    ['letters in a wrong order', { profile: 'itef' }, ["did you mean 'ietf'?"]],
    ['what others call a rule for lapses', { afterLapse: 'rerun' }, ["did you mean 'reexecute'?"]],
    ['what others call a wait', { inFlight: 'conflict' }, ["did you mean 'reject'?"]],
    ['what others call an outage', { whenUnavailable: 'fail' }, ["did you mean 'reject'?"]],
    ['a misspelt outage', { whenUnavailable: 'run-unproteced' }, ["did you mean 'run-unprotected'?"]],
    ['a misspelt syntax', { keySyntax: 'stirct' }, ["did you mean 'strict'?"]],
    ['a misspelt method', { mode: 'opt-out', methods: ['PATCH', 'PSOT'] }, ["did you mean 'POST'?"]],
    ['a storage for what groups its options', { storage: new MemoryStorage() }, ['a storage is given as `storage: { use: … }`']],
    ['the class of one', { storage: MemoryStorage }, ['a storage is given as `storage: { use: … }`']],
    ['a backend there', { storage: backend() }, ['a backend is given as `backend: …`']],
    ['a lock there', { storage: { use: new MemoryLock() } }, ['`storage.use`', 'a lock is given as `lock: { use: … }`']],
    ['a URL there', { storage: 'redis://host' }, ['`storage` must be an object', 'use', 'it is a string']],
    ['a list there', { storage: [new MemoryStorage()] }, ['`storage` must be an object', 'a list']],
    ['nothing there', { storage: null }, ['`storage` must be an object', 'null']],
    ['a promise there', { storage: Promise.resolve({}) }, ['`storage` must be an object', 'a promise, which must be awaited']],
    ['a promise of a storage', { storage: { use: Promise.resolve() } }, ['`storage.use`', 'a promise, which must be awaited']],
    ['a group in a group', { storage: { use: { use: new MemoryStorage() } } }, ['`storage.use`', 'what stands under `use`']],
    ['a lock for what groups its options', { lock: new MemoryLock() }, ['a lock is given as `lock: { use: … }`']],
    ['a lock that is off', { lock: false }, ['write `lock: { enabled: false }`']],
    ['the class of a backend as a lock', { lock: { use: Both } }, ['`lock.use`', 'a backend is given as `backend: …`']],
    ['a storage as a backend', { backend: new MemoryStorage() }, ['a storage is given as `storage: { use: … }`']],
    ['a group for a backend', { backend: { use: backend() } }, ['`backend`', 'what stands under `use`']],
    ['a group for an encoder', { encoder: { use: { encode: () => 'a' } } }, ['`encoder`', 'what stands under `use`']],
    ['an encoder by its name', { encoder: 'basic' }, ['`encoder`', 'an object with encode', 'a string']],
    ['a codec for an encoder', { codec: { encode: () => 'a' } }, ['`codec`', 'an encoder is given as `encoder: …`']],
    ['a cache in a group', { storage: { caches: { A: { use: new MemoryStorage() } } } }, ['`A`', 'what stands under `use`']],
    ['a lock as a cache', { storage: { caches: { A: new MemoryLock() } } }, ['`A`', 'a lock is given as']],
    ['a lease at two places', { leaseMs: 1_000, lock: { leaseMs: 2_000 } }, ['`leaseMs` and `lock.leaseMs`', 'remove one']],
    ['a wait at two places', { waitMs: 1, lock: { timeoutMs: 2 } }, ['`waitMs` and `lock.timeoutMs`', 'remove one']],
    [
      'statuses at two places',
      { storeOnStatuses: [200], storage: { storeOnStatuses: [201] } },
      ['`storeOnStatuses` and `storage.storeOnStatuses`'],
    ],
    ['an option of the lock at the top', { timeoutMs: 1 }, ['did you mean `lock.timeoutMs`?']],
    ['a status that is none', { conflictStatus: 42 }, ['`conflictStatus`', '200 to 599', '42']],
    ['a status of another type', { conflictStatus: '409' }, ['`conflictStatus`', 'a string']],
    ['a list of statuses that is none', { storage: { storeOnStatuses: 201 } }, ['`storage.storeOnStatuses`', 'a list']],
    ['a list with something else in it', { storage: { storeOnStatuses: ['201'] } }, ['`storage.storeOnStatuses`', 'a list']],
    ['a header that is none', { header: 'My Key' }, ['`header`', 'the name of a header']],
    ['a header that says whose request it is', { header: 'Authorization' }, ['`header`', 'no other meaning', 'Idempotency-Key']],
    ['a header that frames the request', { header: 'content-length' }, ['`header`', 'no other meaning']],
    ['cookies as the key', { header: 'Cookie' }, ['`header`', 'no other meaning']],
    ['a host as the key', { header: 'host' }, ['`header`', 'no other meaning']],
    ['no methods', { mode: 'opt-out', methods: [] }, ['`methods`', 'one at least', 'an empty list', "`mode: 'opt-in'`"]],
    ['a method that is none', { mode: 'opt-out', methods: ['PSOT'] }, ['`methods`', 'a method of HTTP']],
    ['a method that is safe', { mode: 'opt-out', methods: ['GET', 'POST'] }, ['`methods`', 'not safe', 'leave them out']],
    ['an arrow function as a class of errors', { releaseErrors: [() => undefined] }, ['`releaseErrors`', 'a class of errors']],
    ['an arrow function among the errors that are kept', { keepErrors: [Error, () => 1] }, ['`keepErrors`', 'a class of errors']],
    ['an empty header', { header: '' }, ['`header`', 'the name of a header']],
    ['a negative wait', { lock: { timeoutMs: -1 } }, ['`lock.timeoutMs`', 'a whole number from 0']],
    ['a lease that is no number', { lock: { leaseMs: Infinity } }, ['`lock.leaseMs`', 'a whole number']],
    ['a switch that is none', { lock: { enabled: 'false' } }, ['`lock.enabled`', 'true or false']],
    ['a storage that is none', { storage: { use: {} } }, ['`storage.use`', 'find, save, replace']],
    ['a lock that is none', { lock: { use: new MemoryStorage() } }, ['`lock.use`', 'acquire, renew, release']],
    ['an encoder that is none', { encoder: { encodeKey: () => '' } }, ['`encoder`', 'encode']],
    ['caches that are none', { storage: { caches: { A: 'memory' } } }, ['`storage.caches`', 'storages']],
    ['a header that may never be replayed', { storage: { headers: ['Set-Cookie'] } }, ['set-cookie']],
    [
      'a cache name that is not listed',
      { storage: { cacheName: 'A', caches: { B: new MemoryStorage() } } },
      ['`storage.cacheName`', '"A"', 'did you mean `B`?'],
    ],
    [
      'a cache name that is like none',
      { storage: { cacheName: 'Yearly', caches: { Days: new MemoryStorage(), Weeks: new MemoryStorage() } } },
      ['`storage.cacheName`', 'known are Days, Weeks', 'add it to `storage.caches`'],
    ],
    [
      'a backend beside a storage',
      { backend: backend(), storage: { use: new MemoryStorage() } },
      ['`backend`', 'storage.use', 'remove'],
    ],
  ])('refuses %s', async (_, options, words) => {
    const told = (await refusal(wrong(options))).toLowerCase();
    for (const word of words) expect(told).toContain(word.toLowerCase());
  });

  it('does not show a value that might be a secret', async () => {
    expect(await refusal(wrong({ header: 'secret secret' }))).not.toContain('secret secret');
  });

  it.each([
    ['@IdempotencyExempt() above @IdempotencyKey()', ExemptAndKey, ['ExemptAndKey.create', '@IdempotencyKey()', 'remove one']],
    ['@IdempotencyManual() above @IdempotencyExempt()', ExemptAndManual, ['ExemptAndManual.create', '@IdempotencyManual()']],
    ['contradictory decorators on a controller', ContradictoryController, ['ContradictoryController', 'remove one']],
    ['a cache that no option lists', UnknownCache, ['UnknownCache.create', '"SevenDayCahce"', 'storage.caches']],
    [
      'a misspelt option of a decorator',
      MisspeltDecorator,
      ['`cachename` on MisspeltDecorator.create', 'did you mean `cacheName`?'],
    ],
    ['a wrong option of a decorator', WrongDecorator, ['`optional` on WrongDecorator.create', 'true or false']],
    [
      'a transactional route on a storage without transactions',
      Transactional,
      ['Transactional.create', '`backend`', 'PostgresBackend'],
    ],
  ])('refuses %s, naming the method', async (_, controller, words) => {
    const told = await refusal({}, controller);
    for (const word of words) expect(told).toContain(word);
  });

  it('names the cache that a misspelt one of a route was to be', async () => {
    const told = await refusal({ storage: { caches: { SevenDayCache: new MemoryStorage() } } }, UnknownCache);
    expect(told).toContain('did you mean `SevenDayCache`?');
  });

  it('refuses what `forRootAsync` does not take', () => {
    const asynchronous = (given: object) => () => IdempotencyModule.forRootAsync(given);
    expect(asynchronous({ useFactry: () => ({}) })).toThrow('did you mean `useFactory`?');
    expect(asynchronous({ profile: 'ietf' })).toThrow('options are what its factory returns');
  });

  it.each<[string, object, string]>([
    ['nothing', {}, 'was given neither `useFactory` nor `useClass` nor `useExisting`'],
    ['a class that is not there yet', { useClass: undefined }, 'was given `useClass: undefined`: is it imported before'],
    ['two ways', { useFactory: () => ({}), useClass: Plain }, '`useFactory` and `useClass`, of which one would be passed over'],
    [
      'options in the place of their factory',
      { useFactory: { profile: 'ietf' } },
      '`useFactory` must be a function; it is an object',
    ],
    [
      'an instance in the place of its class',
      { useClass: { createIdempotencyOptions: () => ({}) } },
      '`useClass` must be a class',
    ],
    ['one dependency outside of a list', { useFactory: () => ({}), inject: Plain }, '`inject` must be a list; it is a class'],
    ['null', null as never, '`forRootAsync` takes an object, and was given null'],
  ])('refuses %s for `forRootAsync`, and shows what to write', (_, given, words) => {
    const asynchronous = () => IdempotencyModule.forRootAsync(given);
    expect(asynchronous).toThrow(IdempotencyConfigError);
    expect(asynchronous).toThrow(words);
  });

  it('refuses a class that makes no options', async () => {
    const way = IdempotencyModule.forRootAsync({ useClass: Plain as never });
    await expect(runModule(platform, way, { controllers: [Plain] })).rejects.toThrow('a class with `createIdempotencyOptions`');
  });

  it.each<[string, unknown, string]>([
    ['a list', [], 'was given an empty list'],
    ['null', null, 'was given null'],
    ['a string', 'ietf', "e.g. `forRoot({ profile: 'ietf' })`, and was given a string"],
    ['a function', () => ({}), 'was given a function. What makes options later goes to `forRootAsync({ useFactory })`.'],
    ['a promise', Promise.resolve({}), 'must be awaited. What makes options later goes to `forRootAsync({ useFactory })`.'],
    ['a store', new MemoryStorage(), 'a storage is given as `storage: { use: … }`'],
    ['a word for a switch', { isGlobal: 'false' }, '`isGlobal` must be true or false; it is a string.'],
  ])('refuses %s for `forRoot`, and shows what to write', (_, given, words) => {
    const root = () => IdempotencyModule.forRoot(given as object);
    expect(root).toThrow(IdempotencyConfigError);
    expect(root).toThrow(words);
  });

  it('says where `isGlobal` belongs that comes from a factory', async () => {
    const way = IdempotencyModule.forRootAsync({ useFactory: () => wrong({ isGlobal: true }) });
    await expect(runModule(platform, way, { controllers: [Plain] })).rejects.toThrow('`isGlobal` stands beside `useFactory`');
  });

  it('takes one value that is said at two places', async () => {
    const { logged } = await run(
      platform,
      {
        scope: () => 'anyone',
        leaseMs: 1_000,
        lock: { leaseMs: 1_000 },
        storeOnStatuses: [201],
        storage: { storeOnStatuses: [201] },
      },
      { controllers: [Plain] },
    );
    expect(logged).toEqual([]);
  });

  it('reads options that stand on a class, a prototype or a proxy', async () => {
    class Settings {
      get profile(): 'ietf' {
        return 'ietf';
      }
      get keepMs(): number {
        return 10;
      }
    }
    const given: object[] = [new Settings(), Object.create({ profile: 'ietf', keepMs: 10 }) as object];
    given.push(new Proxy({}, { get: (_, name) => Reflect.get(new Settings(), name) as unknown }));
    for (const options of given) {
      const { app } = await runModule(platform, IdempotencyModule.forRoot(options), { controllers: [Plain] });
      expect(app.get<IdempotencyOptions>(IDEMPOTENCY_OPTIONS)).toMatchObject({ profile: 'ietf', keepMs: 10 });
    }
  });

  it('refuses a misspelt getter', async () => {
    class Settings {
      get keepMS(): number {
        return 10;
      }
    }
    const misspelt = IdempotencyModule.forRoot(new Settings() as IdempotencyOptions);
    await expect(runModule(platform, misspelt, { controllers: [Plain] })).rejects.toThrow('did you mean `keepMs`?');
  });

  it('reads options of a decorator in the same way, and refuses what is none', async () => {
    class Settings {
      get keepMs(): number {
        return 0;
      }
    }
    for (const mark of [IdempotencyKey, IdempotencyManual]) {
      for (const wrong of [null, 'x', ['keepMs']]) expect(() => mark(wrong as never)).toThrow(`@${mark.name}() takes an object`);
      @Controller()
      class Marked {
        @Post()
        @mark(new Settings())
        create() {
          return {};
        }
      }
      await expect(run(platform, {}, { controllers: [Marked] })).rejects.toThrow('`keepMs` on Marked.create must be');
    }
  });

  it('checks options of every way to give them', async () => {
    @Injectable()
    class Options {
      createIdempotencyOptions() {
        return wrong({ mode: 'optin' });
      }
    }
    const ways = [
      IdempotencyModule.forRootAsync({ useFactory: () => wrong({ mode: 'optin' }) }),
      IdempotencyModule.forRootAsync({ useClass: Options }),
    ];
    for (const way of ways) await expect(runModule(platform, way, { controllers: [Plain] })).rejects.toThrow('`mode`');
  });

  it('starts without a word when nothing is wrong', async () => {
    const { logged } = await run(platform, { scope: () => 'anyone' }, { controllers: [Plain] });
    expect(logged).toEqual([]);
  });

  it('warns once when the lock is off, and says what can happen', async () => {
    const { logged } = await run(platform, { lock: { enabled: false } }, { controllers: [Plain] });
    expect(logged.filter((line) => line.includes('`lock.enabled: false`'))).toEqual([expect.stringContaining('will all run')]);
  });

  it('warns once when only this process sees the lock of a storage that others may share', async () => {
    const storage = { use: new CacheManagerStorage(createCache()) };
    const { logged } = await run(platform, { storage, lock: { use: new MemoryLock() } }, { controllers: [Plain] });
    expect(logged.filter((line) => line.includes('lock'))).toEqual([expect.stringContaining('will both run')]);
  });
});

function backend(): object {
  const never = (): Promise<never> => Promise.reject(new Error('Nothing is asked before the start.'));
  return { open: never, renew: never, release: never, settle: never, resettle: never };
}
