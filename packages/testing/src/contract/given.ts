/** What a suite is given, looked at before a case runs: a case that tests nothing, or another difference, would pass without a word. */
import { kinds } from '@nestjs-idempotency/core';

/** Calls by which a store is known that stands where the function that makes one is asked for. */
const CALLS = ['find', 'acquire', 'open', 'connect'];

/** Throws unless `make` is a function that can be called for each case. */
export function checkMake(suite: string, make: unknown): void {
  const given = kinds.describe(make);
  if (kinds.func.is(make) && given !== 'a class') return;
  const isStore = CALLS.some((call) => kinds.hasMethods(make, [call]));
  throw new TypeError(
    `${suite} takes a function that makes the stores of one case, \`() => ({ connect: () => store })\`; ` +
      `it was given ${isStore ? 'what that function is to give' : given}.`,
  );
}

/** Throws unless `rig` says how to connect. */
export function checkRig(suite: string, rig: unknown): void {
  if (kinds.hasMethods(rig, ['connect'])) return;
  const isStore = CALLS.some((call) => kinds.hasMethods(rig, [call]));
  throw new TypeError(
    `The function given to ${suite} must give \`{ connect: () => store }\`; it gave ${isStore ? 'a store itself' : kinds.describe(rig)}.`,
  );
}

const aCase = kinds.kind('a case', (one) => kinds.hasMethods(one, ['run']) && kinds.text.is((one as { name?: unknown }).name));
const CASES = kinds.someOf(aCase, 'what e.g. `storageContract(make)` gives');

/** Throws for what no runner could run, or would run nothing of. */
export function checkRun(it: unknown, cases: unknown, timeoutMs: unknown): void {
  if (!kinds.func.is(it))
    throw new TypeError(
      `runCases takes the \`it\` of your runner first, \`runCases(it, storageContract(make))\`; it was given ${kinds.describe(it)}.`,
    );
  if (!CASES.is(cases)) throw new TypeError(`runCases: the cases must be ${kinds.insteadOf(cases, CASES)}`);
  if (!kinds.timerMs.is(timeoutMs))
    throw new TypeError(`runCases: \`timeoutMs\` must be ${kinds.insteadOf(timeoutMs, kinds.timerMs)}`);
}
