/** What a contract suite is made of: cases that quote the clause they check, runnable by any test runner. */
import { checkMake, checkRig, checkRun } from './given.js';
import type { Time } from './time.js';

/** One clause of a port and the check that holds a store to it. */
export interface Case {
  /** The behaviour, and the clause of the port in quotation marks. */
  readonly name: string;
  /** The words of the port's docstring that this case checks, verbatim. */
  readonly quotes: string;
  /** Rejects with an AssertionError when the store breaks the clause. */
  run(): Promise<void>;
}

/** The stores a case is run on. It is made anew for each case; the cases use slots that nobody else uses, so the server may be shared. */
export interface Rig<Port> {
  /** One more connection to the same store, as another process would have it. May give the same object where there is one process only. */
  connect(): Port | Promise<Port>;
  /** The clock the store lives by. Without it the suite waits in real time, with leases of a few hundred milliseconds. */
  readonly time?: Time;
  /** Called when the case is over. */
  close?(): void | Promise<void>;
}

/** Makes the stores for one case. */
export type MakeRig<R> = () => R | Promise<R>;

/** A case before it has a rig. */
export interface Clause<G> {
  readonly quotes: string;
  readonly behaviour: string;
  readonly check: (ground: G) => Promise<void>;
}

/** Gives each clause a rig of its own, and closes it whatever comes. `suite` is what messages call it. */
export function casesOf<R extends Rig<unknown>, G>(
  suite: string,
  clauses: readonly Clause<G>[],
  make: MakeRig<R>,
  ground: (rig: R) => G,
): Case[] {
  checkMake(suite, make);
  return clauses.map(({ quotes, behaviour, check }) => ({
    name: `${behaviour} ("${quotes}")`,
    quotes,
    async run() {
      const rig = await make();
      checkRig(suite, rig);
      try {
        await check(ground(rig));
      } finally {
        await rig.close?.();
      }
    },
  }));
}

/** What every runner calls `it` or `test`. */
export type It = (name: string, run: () => Promise<void>, timeoutMs?: number) => unknown;

/** Hands the cases to a runner: `describe('RedisLock', () => runCases(it, lockContract(make)))`. */
export function runCases(it: It, cases: readonly Case[], timeoutMs = 30_000): void {
  checkRun(it, cases, timeoutMs);
  for (const one of cases) it(one.name, () => one.run(), timeoutMs);
}
