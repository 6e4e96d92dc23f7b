/** What a team's own tests need of the library: no server, a clock in their hand, a clean start, and what happened. */
import { type Fault, kinds, MemoryLock, MemoryStorage, pair } from '@nestjs-idempotency/core';
import type { Target } from './address.js';
import { type Expectations, expectIdempotent } from './expect-idempotent.js';
import { copyOf } from './given-options.js';
import { HandClock } from './hand-clock.js';
import { hasTransactions } from './has-transactions.js';
import { withoutDatabase } from './without-database.js';

/** Tokens of `nestjs-idempotency`, which has them in the registry so that nothing of it need be imported. */
const OPTIONS = Symbol.for('nestjs-idempotency:options');
const GIVEN_OPTIONS = Symbol.for('nestjs-idempotency:given-options');

/** What the library tells of, see `IdempotencyEvent` of `nestjs-idempotency`. */
export type SeenEvent =
  | { readonly kind: 'request'; readonly outcome: string; readonly route: string; readonly attempt?: number }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** What `Test.createTestingModule()` of `@nestjs/testing` gives. */
export interface TestingBuilder {
  overrideProvider(token: symbol): {
    useFactory(by: { factory: (given?: object) => object | undefined; inject: { token: symbol; optional: boolean }[] }): unknown;
  };
}

/** The options of which something stands in another's place here. */
interface Stores {
  readonly backend?: unknown;
  readonly storage?: { readonly caches?: object };
  readonly lock?: object;
  readonly onEvent?: (event: SeenEvent) => unknown;
}

/** Outcomes of requests that were let through to their handler. */
const RAN = new Set(['executed', 'released', 'unkept', 'unrendered', 'superseded', 'deferred', 'unprotected']);

/** Memory in the place of every store, for one application after another. One serves a whole file of tests, with `reset()` between them. */
export class IdempotencyForTests {
  readonly #clock = new HandClock();
  readonly #lock = new MemoryLock({ clock: this.#clock });
  readonly #storages = new Map<string, MemoryStorage>();
  #events: SeenEvent[] = [];

  /** What the library told since the last `reset()`, in the order in which it happened. */
  get events(): readonly SeenEvent[] {
    return this.#events;
  }

  /** How the requests ended that took part: 'executed', 'replayed', 'mismatch' … */
  get outcomes(): readonly string[] {
    return this.#events.flatMap((event) => (event.kind === 'request' ? event.outcome : []));
  }

  /** Requests that were let through to their handler: neither replayed nor refused. */
  get runs(): number {
    return this.outcomes.filter((outcome) => RAN.has(outcome)).length;
  }

  /** Requests that were given a kept answer. */
  get replays(): number {
    return this.outcomes.filter((outcome) => outcome === 'replayed').length;
  }

  /** The testing module in which what `forRoot` or `forRootAsync` of the application gave works in memory: `override(Test.createTestingModule({ imports: [AppModule] })).compile()`. */
  override<Builder extends TestingBuilder>(builder: Builder): Builder {
    if (!kinds.hasMethods(builder, ['overrideProvider']))
      throw new TypeError(
        'override() takes what `Test.createTestingModule({ … })` gives, before it is compiled: `await override(Test.createTestingModule({ … })).compile()`; ' +
          `it was given ${kinds.hasMethods(builder, ['get', 'close']) ? 'a module that is compiled already' : kinds.describe(builder)}.`,
      );
    builder.overrideProvider(OPTIONS).useFactory({
      factory: (given) => given && this.options(given),
      inject: [{ token: GIVEN_OPTIONS, optional: true }],
    });
    return builder;
  }

  /**
   * `given` with memory in the place of its stores and this as one more listener; all else stays as it is. For a module of a test's own:
   * `IdempotencyModule.forRoot(idempotency.options({ profile: 'ietf' }))`. Where its `backend` has transactions, transactional routes
   * run without one: a handler that throws leaves no record, and what it did itself is the test's to undo.
   */
  options<const Options extends object>(given = {} as Options): Options {
    if (!kinds.isObject(given))
      throw new TypeError(`options() takes the options of \`forRoot\`; it was given ${kinds.describe(given)}.`);
    const { backend, storage, lock, onEvent } = given as Stores;
    const caches = storage?.caches && Object.fromEntries(Object.keys(storage.caches).map((name) => [name, this.#storage(name)]));
    const kept = this.#storage('');
    const both = pair(kept, this.#lock);
    return Object.assign(copyOf(given), {
      ...(backend !== undefined && { backend: hasTransactions(backend) ? withoutDatabase(both) : both }),
      storage: Object.assign(copyOf(storage ?? {}), { ...(caches && { caches }), use: backend === undefined ? kept : undefined }),
      lock: Object.assign(copyOf(lock ?? {}), { use: backend === undefined ? this.#lock : undefined }),
      onEvent: (event: SeenEvent) => {
        this.#events.push(event);
        return onEvent?.call(given, event);
      },
    });
  }

  /** Moves the clock of records and leases on, which stands still otherwise: past `keepMs` an answer is forgotten, past `leaseMs` who runs has lapsed. */
  advance(ms: number): void {
    this.#clock.advance(ms);
  }

  /** Forgets every key, lease and event. Await your requests before: one that still runs keeps its answer when it ends. */
  reset(): void {
    for (const storage of this.#storages.values()) storage.clear();
    this.#lock.clear();
    this.#events = [];
  }

  /** As `expectIdempotent`, counting `runs`: `await idempotency.expectOnce(app).post('/orders', order).holds()`. */
  expectOnce(target: Target, expectations?: Expectations): ReturnType<typeof expectIdempotent> {
    const all = expectIdempotent(target, expectations);
    const counting =
      (operation: (typeof all)['post']): (typeof all)['post'] =>
      (path, body) =>
        operation(path, body).counting(() => this.runs);
    return { post: counting(all.post), put: counting(all.put), patch: counting(all.patch), delete: counting(all.delete) };
  }

  #storage(name: string): MemoryStorage {
    const storage = this.#storages.get(name) ?? new MemoryStorage({ clock: this.#clock });
    this.#storages.set(name, storage);
    return storage;
  }
}

/** Made once in a file of tests, outside of them. */
export function idempotencyForTests(...given: readonly []): IdempotencyForTests {
  const [options] = given as readonly unknown[];
  if (options !== undefined)
    throw new TypeError(
      'idempotencyForTests() takes nothing: the options are those that the application gives to `forRoot`, ' +
        `or go to \`idempotency.options({ … })\`; it was given ${kinds.describe(options)}.`,
    );
  return new IdempotencyForTests();
}
