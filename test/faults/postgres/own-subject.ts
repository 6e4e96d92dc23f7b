/** The campaign's own application: every transfer is an order of its own, so executions can be told apart by their answers. */
import { randomUUID } from 'node:crypto';
import { type BrokenName, BROKEN_VARIANTS } from '../../proof/broken-variants.js';
import type { Effect, Subject } from './subject.js';
import { ACCOUNTS, BALANCE } from './terms.js';

export type OwnMode = 'transactional' | 'plain';
/** What is done wrong by the application of a negative control. */
export type Broken = 'effect-first' | 'commits-late';
/**
 * `returns`: Nest sends what the handler returns. `inner timeout`: so it does, but an interceptor inside gives up on every other one.
 * `by itself`: the handler answers, before it returns, from a callback, or before it fails.
 */
export type Shape = 'returns' | 'inner timeout' | 'by itself';

const PATHS: Readonly<Record<Shape, string>> = {
  returns: '/transfers',
  'inner timeout': '/transfers/impatient',
  'by itself': '/transfers/answered',
};

/** What is wrong in a negative control: with the application, or with the library by a change of its text. */
export interface Control {
  readonly broken?: Broken;
  readonly library?: BrokenName;
}

export function ownSubject(mode: OwnMode, shape: Shape = 'returns', { broken, library }: Control = {}): Subject {
  const isTransactional = mode === 'transactional';
  return {
    name: broken ?? library ?? (shape === 'returns' ? mode : `${mode}, ${shape}`),
    isTransactional,
    entry: 'test/faults/postgres/app.ts',
    path: PATHS[shape],
    mayBeUndone: isTransactional && shape === 'by itself',
    ...(library && { broken: BROKEN_VARIANTS[library] }),
    env: { MODE: mode, ...(broken && { BROKEN: broken }) },
    async prepare(pool) {
      await pool.query(`CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL);
        CREATE TABLE orders (id uuid PRIMARY KEY, key text NOT NULL, slot text NOT NULL,
          source int NOT NULL, target int NOT NULL, amount int NOT NULL, made timestamptz NOT NULL DEFAULT clock_timestamp());
        INSERT INTO accounts SELECT id, ${BALANCE} FROM generate_series(1, ${ACCOUNTS}) AS id`);
    },
    operation(chance) {
      const from = 1 + chance.upTo(ACCOUNTS);
      const to = 1 + ((from + chance.upTo(ACCOUNTS - 1)) % ACCOUNTS);
      return { key: randomUUID(), body: { from, to, amount: 1 + chance.upTo(100) } };
    },
    valueIn: (body) => (JSON.parse(body) as { id: string }).id,
    async effects(pool) {
      const made = 'SELECT floor(extract(epoch FROM made) * 1000)::float8 AS at, key, id AS value FROM orders ORDER BY made';
      return (await pool.query<Effect>(made)).rows;
    },
    async keysOfSlots(pool) {
      const { rows } = await pool.query<{ slot: string; key: string }>('SELECT slot, key FROM orders');
      return new Map(rows.map(({ slot, key }) => [slot, key]));
    },
    async isBalanced(pool) {
      if (!isTransactional || broken === 'effect-first') return undefined;
      const { rows } = await pool.query(
        `SELECT id FROM accounts WHERE balance <> ${BALANCE}
          + coalesce((SELECT sum(amount) FROM orders WHERE target = accounts.id), 0)
          - coalesce((SELECT sum(amount) FROM orders WHERE source = accounts.id), 0)`,
      );
      return rows.length === 0;
    },
  };
}
