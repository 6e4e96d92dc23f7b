/** Whether a real store agrees with the model in every sequence of calls that is drawn. */
import { randomBytes } from 'node:crypto';
import type { IdempotencyBackend } from '@nestjs-idempotency/core';
import { realTime, type Time } from '@nestjs-idempotency/testing';
import fc from 'fast-check';
import { slotCommands } from './slot-commands.js';
import { SlotModel } from './slot-model.js';

/** What is drawn, and from where. */
export interface Agreement {
  readonly sequences: number;
  readonly seed?: number;
  readonly time?: Time;
  readonly lapseMs?: number;
}

/** Rejects with the shortest sequence in which the store and the model differ, and the seed that repeats it. */
export async function agrees(
  connections: readonly IdempotencyBackend[],
  { sequences, seed = Date.now() % 2 ** 31, time = realTime, lapseMs = 30 }: Agreement,
): Promise<void> {
  const property = fc.asyncProperty(slotCommands, async (commands) => {
    const slot = randomBytes(18).toString('base64url');
    await fc.asyncModelRun(() => ({ model: new SlotModel(), real: { slot, connections, time, lapseMs } }), commands);
  });
  await fc.assert(property, { numRuns: sequences, seed });
}
