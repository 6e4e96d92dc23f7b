/** A storage and a lock as an author of adapters has them: each instance is a connection to the store that the URL names. */
import { type IdempotencyLock, type Lease, MemoryLock, MemoryStorage } from '@nestjs-idempotency/core';

const storages = new Map<string, MyStorage>();
const locks = new Map<string, MemoryLock>();

/** The value under `url`, made at the first call. */
function at<V>(map: Map<string, V>, url: string, make: () => V): V {
  if (!map.has(url)) map.set(url, make());
  return map.get(url)!;
}

export class MyStorage extends MemoryStorage {
  constructor(url: string) {
    super();
    return at<MyStorage>(storages, url, () => this);
  }
}

/** It cannot push. */
export class MyLock implements IdempotencyLock {
  readonly #lock: MemoryLock;

  constructor(url: string) {
    this.#lock = at(locks, url, () => new MemoryLock());
  }

  acquire(lease: Lease, leaseMs: number, traceMs: number): ReturnType<IdempotencyLock['acquire']> {
    return this.#lock.acquire(lease, leaseMs, traceMs);
  }

  renew(lease: Lease, leaseMs: number): ReturnType<IdempotencyLock['renew']> {
    return this.#lock.renew(lease, leaseMs);
  }

  release(lease: Lease): ReturnType<IdempotencyLock['release']> {
    return this.#lock.release(lease);
  }
}
