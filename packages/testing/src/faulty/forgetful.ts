/** What a store answers that has lost what it held of a slot. */
import type { Claim, Opened, Saved } from '@nestjs-idempotency/core';

const won: Claim = { kind: 'won', attempt: 1 };
const saved: Saved = { kind: 'saved' };
const opened: Opened = { claim: won };

export const ANSWERS: Readonly<Record<string, unknown>> = {
  find: undefined,
  save: saved,
  replace: undefined,
  acquire: won,
  renew: 'lost',
  release: undefined,
  open: opened,
  settle: saved,
  resettle: saved,
};

/** Throws for a call that no store has. */
export function answerOfForgetful(call: string): unknown {
  if (!(call in ANSWERS)) throw new TypeError(`A store has no call ${call} that it could forget.`);
  return ANSWERS[call];
}
