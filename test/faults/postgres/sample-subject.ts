/** The sample shop's transfer. Each key moves an amount of its own, so that the database can tell which key a movement belongs to. */
import { randomUUID } from 'node:crypto';
import type { Effect, Subject } from './subject.js';

/** Enough that no chance of a campaign empties an account. */
const CENTS = 1_000_000_000;

/** Short, as both accounts are locked meanwhile; long enough to be killed in. */
const OUTSIDE_MS = '5';

export function sampleSubject(platform: 'express' | 'fastify'): Subject {
  const keys = new Map<number, string>();
  return {
    name: `sample-app, ${platform}`,
    isTransactional: true,
    entry: 'test/faults/postgres/sample.ts',
    path: '/transfers',
    mayBeUndone: false,
    env: { PLATFORM: platform, PORT: '0', OUTSIDE_MS },
    async prepare(pool) {
      // Written by the server in the very transaction that moves the money.
      await pool.query(`UPDATE accounts SET cents = ${CENTS};
        CREATE TABLE movements (name text NOT NULL, cents bigint NOT NULL, made timestamptz NOT NULL DEFAULT clock_timestamp());
        CREATE FUNCTION move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          INSERT INTO movements VALUES (NEW.name, NEW.cents - OLD.cents); RETURN NULL; END $$;
        CREATE TRIGGER moved AFTER UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION move()`);
    },
    operation(chance) {
      const key = randomUUID();
      const cents = keys.size + 1;
      keys.set(cents, key);
      const [from, to] = chance.upTo(2) === 0 ? ['till', 'safe'] : ['safe', 'till'];
      return { key, body: { from, to, cents } };
    },
    valueIn: (body) => String((JSON.parse(body) as { cents: number }).cents),
    async effects(pool) {
      const credits = `SELECT floor(extract(epoch FROM made) * 1000)::float8 AS at, cents::text AS value
        FROM movements WHERE cents > 0 ORDER BY made`;
      const { rows } = await pool.query<Omit<Effect, 'key'>>(credits);
      return rows.map((credit) => ({ ...credit, key: keys.get(Number(credit.value)) ?? 'nobody' }));
    },
    keysOfSlots: () => Promise.resolve(new Map()),
    /** The sum is what it was, each account holds what was moved to it, and every amount was taken as often as it was given. */
    async isBalanced(pool) {
      const { rows } = await pool.query(`SELECT name FROM accounts
          WHERE cents <> ${CENTS} + coalesce((SELECT sum(cents) FROM movements WHERE movements.name = accounts.name), 0)
        UNION ALL SELECT 'sum' FROM accounts HAVING sum(cents) <> ${2 * CENTS}
        UNION ALL SELECT abs(cents)::text FROM movements GROUP BY abs(cents) HAVING sum(cents) <> 0`);
      return rows.length === 0;
    },
  };
}
