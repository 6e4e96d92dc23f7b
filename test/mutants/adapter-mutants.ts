/** Mistakes in the shell and in the stores for fleets. */
import { mutantsOf, type Mutant } from './mutant.js';

const redis = mutantsOf('packages/redis/src/scripts.ts', ['test/contract/redis.spec.ts']);
const table = mutantsOf('packages/postgres/src/statements.ts', ['test/contract/postgres.spec.ts']);
const postgres = mutantsOf('packages/postgres/src/backend.ts', ['test/contract/postgres.spec.ts']);
const serving = mutantsOf('packages/nestjs/src/serving.ts', ['test/e2e/late-holder.spec.ts', 'test/e2e/module.spec.ts']);

const HAS_SAVED = 'finish(KEYS[1], ARGV[1], ARGV[2], ARGV[3], not kept)';

/** The rules of the protocol, each taken out of a store or of the shell. */
export const adapterMutants: readonly Mutant[] = [
  redis('Redis: lets everybody in', 'if left > 0 then', 'if left > 1e15 then'),
  redis('Redis: releases without a token', 'local mine = last[1] == token', 'local mine = true'),
  redis(
    'Redis: renews without a token',
    "redis.call('HMGET', KEYS[1], 't', 'k')\nif last[1] ~= ARGV[1] then return 0 end",
    "redis.call('HMGET', KEYS[1], 't', 'k')\nif not last[1] then return 0 end",
  ),
  redis('Redis: overwrites a record', "ARGV[4], 'NX', 'GET', 'PX'", "ARGV[4], 'GET', 'PX'"),
  redis('Redis: holds the slot after it has saved', `${HAS_SAVED}\nreturn kept`, 'return kept'),
  redis('Redis: counts no lapse', 'attempt = attempt + 1', 'attempt = 1'),
  redis('Redis: claims a slot that holds a record', "if kept and ARGV[5] ~= '1' then return { kept } end", ''),

  table('Postgres: overwrites a record', "${insert} WHERE NOT ${isKept('r')} RETURNING 1", '${insert} RETURNING 1'),
  table('Postgres: lets everybody in', "WHERE (NOT ${isLeased('r')} OR r.token = excluded.token) AND", 'WHERE'),
  table(
    'Postgres: renews without a token',
    'WHERE slot = ${slot} AND token = ${token} RETURNING 1 AS renewed',
    'WHERE slot = ${slot} AND token IS NOT NULL AND ${token} IS NOT NULL RETURNING 1 AS renewed',
  ),
  table('Postgres: counts no lapse', 'THEN r.attempt + 1 ELSE 1 END', 'THEN r.attempt ELSE 1 END'),
  postgres(
    'Postgres: keeps the record outside the transaction',
    'if (!inside) return this.#asking.ask((sql) => this.#table.save(sql, slot, record, keepMs, token));',
    'if (slot) return this.#asking.ask((sql) => this.#table.save(sql, slot, record, keepMs, token));',
  ),
  postgres('Postgres: claims outside the transaction', 'const opened = inside\n', 'const opened = inside && !lease.slot\n'),

  serving(
    'answers a late holder with the answer to another request',
    "record.kind !== 'unreadable' && record.fingerprint !== this.#served.identity.fingerprint",
    "record.kind !== 'unreadable' && record.fingerprint === ''",
  ),
  serving(
    'sends its own answer where another was first',
    "if (kept.kind === 'superseded') return () => this.#giveFirst(kept.record);",
    '',
  ),
];
