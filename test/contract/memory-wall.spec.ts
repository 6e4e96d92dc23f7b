/** The memory lock against the contract on the clock on the wall: its timers and its clock are the real ones. */
import { describe, it } from '@jest/globals';
import { MemoryLock } from '@nestjs-idempotency/core';
import { lockContract, runCases } from '@nestjs-idempotency/testing';

describe('MemoryLock on the clock on the wall', () => {
  runCases(
    it,
    lockContract(() => {
      const lock = new MemoryLock();
      return { connect: () => lock };
    }),
  );
});
