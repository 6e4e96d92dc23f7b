/** What a campaign must know of an application that it kills. */
import type pg from 'pg';
import type { BrokenVariant } from '../../proof/broken-variants.js';
import type { Chance } from './chance.js';

/** One operation of a client, which is sent again until it is answered. */
export interface Operation {
  readonly key: string;
  readonly body: object;
}

/** One effect as it stands in the application's tables, under the key that asked for it. */
export interface Effect {
  readonly at: number;
  readonly key: string;
  /** What the answer of this execution names it by. */
  readonly value: string;
}

export interface Subject {
  /** Heads its column. */
  readonly name: string;
  /** Whether effect and record commit together; otherwise a reported lapse excuses an effect that ran twice. */
  readonly isTransactional: boolean;
  /** The program, which imports `crash-points.ts` first. */
  readonly entry: string;
  /** Where its operations are asked for. */
  readonly path: string;
  /** Whether handlers fail after they have answered, of which clients are told that it was undone; elsewhere nobody may hear that. */
  readonly mayBeUndone: boolean;
  /** How the library is broken on purpose, in a negative control. */
  readonly broken?: BrokenVariant;
  readonly env: Readonly<Record<string, string>>;
  /** Readies the tables of an application that has started once and served nobody. */
  prepare(pool: pg.Pool): Promise<void>;
  operation(chance: Chance): Operation;
  /** Which execution a body tells of. */
  valueIn(body: string): string;
  /** In the order in which they were made. */
  effects(pool: pg.Pool): Promise<readonly Effect[]>;
  /** The key of a slot that a lapse was reported of, if it had an effect. */
  keysOfSlots(pool: pg.Pool): Promise<ReadonlyMap<string, string>>;
  /** Whether every account holds what the effects say; `undefined` where the application does not keep accounts. */
  isBalanced(pool: pg.Pool): Promise<boolean | undefined>;
}
