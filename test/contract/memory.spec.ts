/** The memory adapters, alone and paired, against the contract suites. */
import { describe, it } from '@jest/globals';
import { MemoryLock, MemoryStorage, pair, type Clock } from '@nestjs-idempotency/core';
import { backendContract, lockContract, runCases, storageContract } from '@nestjs-idempotency/testing';

/** A clock that only moves when a case lets time pass; nothing here waits for a timer of the store. */
function controlled(): { clock: Clock; time: { now(): number; pass(ms: number): void } } {
  let nowMs = 0;
  const now = (): number => nowMs;
  return {
    clock: { now, after: () => () => undefined },
    time: {
      now,
      pass(ms) {
        nowMs += ms;
      },
    },
  };
}

describe('MemoryStorage', () => {
  const make = () => {
    const { clock, time } = controlled();
    const storage = new MemoryStorage({ clock });
    return { connect: () => storage, time };
  };
  runCases(it, storageContract(make, { coarseTimeMs: 0 }));
});

describe('MemoryLock', () => {
  const make = () => {
    const { clock, time } = controlled();
    const lock = new MemoryLock({ clock });
    return { connect: () => lock, time };
  };
  runCases(it, lockContract(make, { coarseTimeMs: 0 }));
});

describe('pair(MemoryStorage, MemoryLock)', () => {
  const make = () => {
    const { clock, time } = controlled();
    const backend = pair(new MemoryStorage({ clock }), new MemoryLock({ clock }));
    return { connect: () => backend, time };
  };
  runCases(it, backendContract(make, { coarseTimeMs: 0 }));
});
