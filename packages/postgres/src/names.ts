/** Where the rows are: checked and quoted names, and what is derived from them. */
import { createHash } from 'node:crypto';
import { kinds } from '@nestjs-idempotency/core';

/** Where the table lies. Plain names: a letter or underscore, then letters, digits, underscores; at most 48 characters. */
export interface NameOptions {
  /** Default `public`. */
  readonly schema?: string;
  /** Default `idempotency`. */
  readonly table?: string;
}

/** The names in the form in which they stand in statements. */
export interface Names {
  readonly schema: string;
  readonly table: string;
  /** The quoted name of something that belongs to the table, such as its function `open`. */
  of(suffix: string): string;
  /** A digest that no other table of this database shares: of its channel, its advisory locks. */
  digest(purpose: string): Buffer;
}

const PLAIN = /^[A-Za-z_][A-Za-z0-9_]{0,47}$/;

const plain = kinds.kind(
  'a letter or underscore and up to 47 letters, digits or underscores',
  (name) => typeof name === 'string' && PLAIN.test(name),
);

export const NAME_KINDS: kinds.KindsOf<NameOptions> = { schema: plain, table: plain };

/** Throws a `TypeError` that names the option and what it may be. */
export function namesOf(options: NameOptions = {}): Names {
  return namesIn(kinds.optionsOf('postgres', options, NAME_KINDS));
}

/** The same of options that are checked, and hold others besides. */
export function namesIn({ schema = 'public', table = 'idempotency' }: NameOptions): Names {
  return {
    schema: `"${schema}"`,
    table: `"${schema}"."${table}"`,
    of: (suffix) => `"${schema}"."${table}_${suffix}"`,
    digest: (purpose) => createHash('sha256').update(`${purpose}\n${schema}\n${table}`).digest(),
  };
}

/** The channel on which releases and records are told. */
export function channelOf(names: Names): string {
  return `idempotency_${names.digest('channel').toString('hex').slice(0, 16)}`;
}
