/** Mistakes in the shell and in the stores for fleets. */
import { mutantsOf, type Mutant } from './mutant.js';

const REDIS = { spec: 'test/contract/redis.spec.ts', tests: 'by ioredis RedisBackend' };
const POSTGRES = { spec: 'test/contract/postgres.spec.ts', tests: '^PostgresBackend (?!in)' };
const TRANSACTION = { spec: 'test/contract/postgres.spec.ts', tests: 'PostgresBackend in a transaction' };
const SAVES = { spec: 'test/postgres/saves.spec.ts' };
const ENDED_BY_HAND = { spec: 'test/postgres/tools.spec.ts', tests: 'Prisma .*keeps no record of a work' };
const LATE = { spec: 'test/e2e/late-holder.spec.ts' };
const INTERCEPTOR = { spec: 'test/proof/interleavings/interleavings.spec.ts', tests: 'the interceptor' };

const redis = mutantsOf('packages/redis/src/scripts.ts', REDIS);
const table = mutantsOf('packages/postgres/src/statements.ts', POSTGRES);
const postgres = mutantsOf('packages/postgres/src/backend.ts', TRANSACTION);
const asked = mutantsOf('packages/postgres/src/slot-table.ts', SAVES);
const serving = mutantsOf('packages/nestjs/src/turn/serving.ts', LATE);
const announced = mutantsOf('packages/nestjs/src/wire/announced.ts', INTERCEPTOR);
const whole = mutantsOf('packages/nestjs/src/turn/whole-observable.ts', {
  spec: 'packages/nestjs/src/turn/whole-observable.spec.ts',
});

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
  redis('Redis: holds the slot after it has saved', `${HAS_SAVED}\n  return kept`, 'return kept'),
  redis('Redis: replaces what a successor has kept', "if redis.call('HGET', KEYS[1], 't') == ARGV[1] then redis", 'do redis'),
  redis('Redis: replaces nothing', "then redis.call('DEL', KEYS[2]) end", 'then end'),
  redis('Redis: counts no lapse', 'attempt = attempt + 1', 'attempt = 1'),
  redis('Redis: claims a slot that holds a record', "if kept and ARGV[5] ~= '1' then return { kept } end", ''),

  table('Postgres: overwrites a record', "save: saveWhere(`NOT ${isKept('r')}`)", 'save: saveWhere(`true`)'),
  table(
    'Postgres: replaces what a successor has kept',
    "resave: saveWhere(`NOT ${isKept('r')} OR r.token = CAST($4 AS text)`)",
    'resave: saveWhere(`true`)',
  ),
  table('Postgres: lets everybody in', "WHERE (NOT ${isLeased('r')} OR r.token = excluded.token) AND", 'WHERE'),
  table(
    'Postgres: renews without a token',
    'WHERE slot = ${slot} AND token = ${token} RETURNING 1 AS renewed',
    'WHERE slot = ${slot} AND token IS NOT NULL AND ${token} IS NOT NULL RETURNING 1 AS renewed',
  ),
  table('Postgres: counts no lapse', 'THEN r.attempt + 1 ELSE 1 END', 'THEN r.attempt ELSE 1 END'),
  postgres('Postgres: keeps the record outside the transaction', 'if (!shared)\n      return', 'if (slot)\n      return'),
  asked(
    'Postgres: takes it for saved where a row stood in the way',
    "rows.length > 0 ? { kind: 'saved' } : undefined",
    "rows.length < 9 ? { kind: 'saved' } : undefined",
  ),
  postgres(
    'Postgres: gives up where a row stood in the way',
    'const saved = (await saveNew()) ?? (await save()) ?? (await save());',
    'const saved = (await saveNew()) ?? (slot ? undefined : await save());',
    SAVES,
  ),
  postgres(
    'Postgres: asks once for nothing in each transaction',
    'const saved = (await saveNew()) ?? ',
    'const saved = ((await saveNew()) && undefined) ?? ',
    { spec: 'test/postgres/trips.spec.ts', tests: 'two more than the transaction' },
  ),
  table(
    'Postgres: overwrites a record that its transaction did not see',
    'ON CONFLICT DO NOTHING ${returnNotified}',
    'ON CONFLICT (slot) DO UPDATE SET record = excluded.record ${returnNotified}',
    SAVES,
  ),
  table(
    'Postgres: keeps a record in whatever transaction it finds itself',
    'WHERE ${isSame(xact)}`',
    'WHERE ${isSame(xact)} OR 4 = ${xact}`',
    ENDED_BY_HAND,
  ),
  table(
    'Postgres: overwrites the record that stands beside its lease',
    "AND NOT ${isKept('r')} ${returnNotified}",
    '${returnNotified}',
    SAVES,
  ),
  table(
    'Postgres: saves by the lease of another',
    'AND r.token = CAST($4 AS text) AND NOT',
    'AND r.token IS NOT NULL AND CAST($4 AS text) IS NOT NULL AND NOT',
  ),
  table('Postgres: wakes nobody by a save', 'THEN ${text(tell(5))} END', "THEN ${text('$5')} END", {
    spec: 'test/postgres/cost.spec.ts',
    tests: 'a plain route',
  }),
  postgres('Postgres: claims outside the transaction', 'const opened = shared\n', 'const opened = shared && !lease.slot\n'),

  serving(
    'answers a late holder with the answer to another request',
    "record.kind === 'unreadable' || record.fingerprint === fingerprint",
    "record.kind === 'unreadable' || fingerprint !== ''",
  ),
  serving(
    'sends its own answer where another was first',
    "if (kept.kind === 'superseded') return this.#first(kept.record);",
    '',
    INTERCEPTOR,
  ),
  serving(
    'sends before it keeps',
    'return this.#kept(await attempt.keep(record), record);',
    'execution.gate.send();\n    return this.#kept(await attempt.keep(record), record);',
    INTERCEPTOR,
  ),
  serving(
    'gives up when nobody listens any more',
    'if (record === undefined) {',
    "if (record === undefined || record.kind === 'value') {",
    INTERCEPTOR,
  ),
  announced(
    'throws at an answer that somebody outside gave before',
    'if (raw.headersSent || raw.writableEnded) return;',
    '',
    INTERCEPTOR,
  ),
  whole(
    'stops the handler with its listener',
    'if (this.#end === undefined) this.#watching.unheard(this);',
    'if (this.#end === undefined) this.stop();',
  ),
];
