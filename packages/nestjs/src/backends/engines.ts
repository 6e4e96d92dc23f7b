/** One engine for each place where records are. */
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import {
  Engine,
  type IdempotencyBackend,
  type IdempotencyLock,
  type IdempotencyStorage,
  type Lifecycle,
  MemoryLock,
  systemClock,
  timed,
  timedCodec,
} from '@nestjs-idempotency/core';
import { IdempotencyConfigError } from '../config-error.js';
import { IdempotencyEvents } from '../events.js';
import { errorName } from '../fault-words.js';
import { inBackend, isInMemory, paired, partsOf } from './parts.js';
import { enter, leave } from './users.js';
import { STORE_TIMEOUT_MS } from '../request/in-time.js';
import type { IdempotencyOptions } from '../settings/options.js';
import { BACKEND_METHODS, checkPart, LOCK_METHODS, STORAGE_METHODS } from '../kinds/part-checks.js';
import { provide } from '../settings/provide.js';
import { IDEMPOTENCY_BACKEND, IDEMPOTENCY_LOCK, IDEMPOTENCY_OPTIONS, IDEMPOTENCY_STORAGE } from '../tokens.js';

const SHUTDOWN_MS = 10_000;

/** An engine, and the backend under it where it must be asked itself. */
export interface Seat {
  readonly engine: Engine;
  readonly backend: IdempotencyBackend;
}

@Injectable()
export class Engines implements OnModuleInit, OnApplicationShutdown {
  readonly #logger = new Logger('Idempotency');
  readonly #named = new Map<string, Seat>();
  /** Each part once, though several engines may share it. */
  readonly #parts = new Set<Lifecycle>();
  #unnamed: Seat | undefined;

  constructor(
    @Inject(IDEMPOTENCY_OPTIONS) private readonly options: IdempotencyOptions,
    @Inject(IDEMPOTENCY_BACKEND) private readonly backend: IdempotencyBackend,
    @Inject(IDEMPOTENCY_STORAGE) private readonly storage: IdempotencyStorage,
    @Inject(IDEMPOTENCY_LOCK) private readonly lock: IdempotencyLock,
    @Inject(IdempotencyEvents) private readonly events: IdempotencyEvents,
    @Inject(ModuleRef) private readonly modules: ModuleRef,
  ) {
    // Also what a class made, and what somebody put in its place.
    checkPart('IDEMPOTENCY_STORAGE', storage, STORAGE_METHODS);
    checkPart('IDEMPOTENCY_LOCK', lock, LOCK_METHODS);
    checkPart('IDEMPOTENCY_BACKEND', backend, BACKEND_METHODS);
  }

  async onModuleInit(): Promise<void> {
    try {
      this.#unnamed = this.#seat(this.backend);
      const parts = partsOf(this.backend);
      // Beside a backend that was overridden, storage and lock are nobody's: a test must not wait for their server.
      for (const part of parts ? [parts.storage, parts.lock] : [this.backend]) await this.#use(part);
      await this.#makeNamed();
      await this.#check();
    } catch (error) {
      // An application that does not start is not shut down either, and others may use its stores on.
      await this.#close(0).catch((failed: unknown) => {
        this.#logger.warn(`A store could not be closed: ${errorName(failed)}`);
      });
      throw error;
    }
  }

  /** Whether a cache of this name is listed. */
  has(cacheName: string): boolean {
    return Object.hasOwn(this.options.storage?.caches ?? {}, cacheName);
  }

  of(cacheName: string | undefined): Seat {
    const seat = cacheName === undefined ? this.#unnamed : this.#named.get(cacheName);
    if (!seat)
      throw new IdempotencyConfigError(
        'Requests came before the application was initialised: await `app.init()` or `app.listen()` first.',
      );
    return seat;
  }

  /** After the server was closed: what still runs is given time to keep its answer, and what was opened here is closed. */
  async onApplicationShutdown(): Promise<void> {
    await this.#close(this.options.shutdownMs ?? SHUTDOWN_MS);
  }

  async #close(graceMs: number): Promise<void> {
    const seats = [...this.#named.values(), ...(this.#unnamed ? [this.#unnamed] : [])];
    await Promise.all(seats.map(({ engine }) => engine.close(graceMs)));
    await this.#leave();
  }

  /** Named caches have no lock in a backend. */
  async #makeNamed(): Promise<void> {
    const { caches = {}, cacheName } = this.options.storage ?? {};
    const lock: IdempotencyLock = this.lock === inBackend ? new MemoryLock() : this.lock;
    for (const [name, cache] of Object.entries(caches)) {
      const isDefault = name === cacheName && this.storage !== inBackend;
      const storage = isDefault ? this.storage : await provide<IdempotencyStorage>(this.modules, cache);
      checkPart(`\`storage.caches.${name}\``, storage, STORAGE_METHODS);
      for (const part of [storage, lock]) await this.#use(part);
      this.#named.set(name, this.#seat(paired(storage, lock, this.options)));
    }
  }

  async #use(part: Lifecycle): Promise<void> {
    this.#parts.add(part);
    await enter(part, this);
  }

  /** What several parts of one server warn of is said once. */
  async #check(): Promise<void> {
    const warnings = new Set<string>();
    for (const part of this.#parts) for (const warning of (await part.check?.()) ?? []) warnings.add(warning);
    for (const warning of warnings) this.#logger.warn(warning);
  }

  async #leave(): Promise<void> {
    await Promise.all([...this.#parts].map((part) => leave(part, this)));
  }

  #seat(given: IdempotencyBackend): Seat {
    const { codec, maxWaiting, storeTimeoutMs = STORE_TIMEOUT_MS } = this.options;
    const backend = isInMemory(given) ? given : timed(given, storeTimeoutMs, systemClock);
    const engine = new Engine(backend, {
      ...(codec && { codec: timedCodec(codec, storeTimeoutMs, systemClock) }),
      ...(maxWaiting !== undefined && { maxWaiting }),
      onFault: (fault) => {
        // Told once for each route, by the turn, which knows its route.
        if (fault.kind !== 'transaction-unused') this.events.fault(fault);
      },
    });
    return { engine, backend };
  }
}
