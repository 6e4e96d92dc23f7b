/** The campaign's own application: every transfer is an order of its own, so executions can be told apart by their answers. */
import { randomUUID } from 'node:crypto';
import type { Effect, Subject } from './subject.js';
import { ACCOUNTS, BALANCE } from './terms.js';

export type OwnMode = 'transactional' | 'plain';
/** What is done wrong in a negative control. */
export type Broken = 'effect-first' | 'commits-late';

export function ownSubject(mode: OwnMode, broken?: Broken): Subject {
  const isTransactional = mode === 'transactional';
  return {
    name: broken ?? mode,
    isTransactional,
    entry: 'test/faults/postgres/app.ts',
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
