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
  MemoryStorage,
  noLock,
  pair,
  systemClock,
  timed,
} from '@nestjs-idempotency/core';
import { IdempotencyConfigError } from '../settings/config-error.js';
import { IdempotencyEvents } from '../events.js';
import { namedLock } from './named-lock.js';
import type { IdempotencyOptions } from '../settings/options.js';
import { provide } from '../settings/provide.js';
import { IDEMPOTENCY_BACKEND, IDEMPOTENCY_LOCK, IDEMPOTENCY_OPTIONS, IDEMPOTENCY_STORAGE } from '../tokens.js';

/** The default of `storeTimeoutMs`. */
export const STORE_TIMEOUT_MS = 5_000;
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
  ) {}

  async onModuleInit(): Promise<void> {
    this.#unnamed = this.#seat(this.backend);
    for (const [name, cache] of Object.entries(this.options.storage?.caches ?? {})) {
      const storage = await provide<IdempotencyStorage>(this.modules, cache);
      this.#parts.add(storage);
      this.#named.set(name, this.#seat(timedUnlessMemory(storage, this.lock, this.options)));
    }
    for (const part of [this.backend, this.storage, this.lock]) this.#parts.add(part);
    for (const part of this.#parts) {
      for (const warning of (await part.check?.()) ?? []) this.#logger.warn(warning);
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
    const graceMs = this.options.shutdownMs ?? SHUTDOWN_MS;
    const seats = [...this.#named.values(), ...(this.#unnamed ? [this.#unnamed] : [])];
    await Promise.all(seats.map(({ engine }) => engine.close(graceMs)));
    await Promise.all([...this.#parts].map(async (part) => part.close?.()));
  }

  #seat(backend: IdempotencyBackend): Seat {
    const { codec, maxWaiting } = this.options;
    const engine = new Engine(backend, {
      ...(codec && { codec }),
      ...(maxWaiting !== undefined && { maxWaiting }),
      onFault: (fault) => {
        this.events.fault(fault);
      },
    });
    return { engine, backend };
  }
}

/** The lock that the options ask for around the one that was given. */
export function lockOf(lock: IdempotencyLock, { lock: options }: IdempotencyOptions): IdempotencyLock {
  if (options?.enabled === false) return noLock;
  return options?.name === undefined ? lock : namedLock(lock, options.name);
}

/** Storage and lock as one. Memory always answers, and is not timed. */
export function timedUnlessMemory(
  storage: IdempotencyStorage,
  lock: IdempotencyLock,
  options: IdempotencyOptions,
): IdempotencyBackend {
  const backend = pair(storage, lockOf(lock, options));
  if (storage instanceof MemoryStorage && lock instanceof MemoryLock) return backend;
  return timed(backend, options.storeTimeoutMs ?? STORE_TIMEOUT_MS, systemClock);
}
