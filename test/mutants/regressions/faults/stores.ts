/** What stores were taken to say, and did not: the faults B9, E2 and E9 of 0.1. */
import { causesIn, type Regression, testsOf } from '../regression.js';

const STORES = testsOf('test/e2e/regressions-store.spec.ts');
const keptBytes = testsOf('test/e2e/kept-bytes.spec.ts');
const late = testsOf('test/e2e/late-holder.spec.ts');
const pairSpec = testsOf('packages/core/src/pair.spec.ts');
const engineSpec = testsOf('packages/core/src/engine.spec.ts');
const redisContract = testsOf('test/contract/redis.spec.ts');
const pair = causesIn<string>('packages/core/src/pair.ts');
const storage = causesIn<string>('packages/core/src/memory/storage.ts');
const notice = causesIn<string>('packages/core/src/full-notice.ts');
const redis = causesIn<string>('packages/redis/src/scripts.ts');
const stored = causesIn<string>('packages/core/src/stored.ts');
const codec = causesIn<string>('packages/core/src/codec.ts');
const storedSpec = testsOf('packages/core/src/stored.spec.ts');
const codecSpec = testsOf('packages/core/src/codec.spec.ts');
const lateSave = causesIn<string>('packages/core/src/late-save.ts');
const attempt = causesIn<string>('packages/core/src/leased-attempt.ts');

const LATE = 'B9 A late manual handler replaces the record of its successor';
const LATE_REDIS = 'B9 A late manual handler on Redis replaces the record of its successor';
const DROPPED = "E2 Another caller's keys drop a record that is still to be replayed";
const BYTES = "E2 Another caller's bytes drop a record that is still to be replayed";
const NONSENSE = 'E9 A codec that throws, or gives what is no record';
const IN_OUR_FORM = 'E9 A record in our form whose head is none';
const UNWRITTEN = 'E9 A codec that cannot write down what was done';
const CHANGED = 'E9 Whoever is given the bytes of a record changes it';
const REFUSED = 'E9 A record that the store refuses for good lets the handler run again';
const FLOOD = 'E2 Whoever fills the store fills the log';

export const STORES_FAULTS: readonly string[] = [
  LATE,
  LATE_REDIS,
  DROPPED,
  BYTES,
  FLOOD,
  NONSENSE,
  IN_OUR_FORM,
  UNWRITTEN,
  CHANGED,
  REFUSED,
];

export const storesFaults: readonly Regression[] = [
  pair(
    LATE,
    'the lease is not looked at',
    "if ((await lock.renew(lease, WRITE_MS)) === 'lost') return storage.save(lease.slot, record, keepMs);",
    '',
    late('on express a manual handler'),
  ),
  attempt(
    LATE,
    'what became of the save is not looked at',
    "return saved.kind === 'taken' ? saved.record : undefined;",
    "return saved.kind === 'taken' && !replaces ? saved.record : undefined;",
    late('on fastify a manual handler'),
  ),
  redis(
    LATE_REDIS,
    'the lease is not looked at',
    "if redis.call('HGET', KEYS[1], 't') == ARGV[1] then redis",
    'do redis',
    redisContract('by ioredis RedisBackend leaves the record that was there, and its successor the slot'),
  ),
  storage(DROPPED, 'the oldest goes', "whenFull = 'refuse'", "whenFull = 'drop-oldest'", STORES('refuses new keys at the bound')),
  storage(
    DROPPED,
    'those that run at once are not counted',
    'this.#slots.size <',
    'this.#records <',
    pairSpec('lets one of 50 slots win'),
  ),
  storage(
    BYTES,
    'they are not counted',
    ' && this.#bytes < this.#maxBytes;',
    ';',
    STORES('on express refuses new keys when the bytes'),
  ),
  notice(
    FLOOD,
    'each refusal is told',
    'if (now - this.#toldAt < ONCE_IN_MS) return;',
    '',
    engineSpec('tells of a thousand refusals'),
  ),
  stored(
    NONSENSE,
    'what it gives is not looked at',
    'return readable(decoded);',
    'return decoded;',
    STORES('on express takes what a codec gives that is no record'),
  ),
  stored(
    NONSENSE,
    'what it throws is taken for a store that is down',
    'if (cause instanceof IdempotencyUnavailableError) throw cause;',
    'if (cause) throw cause;',
    STORES('on fastify takes what a codec throws'),
  ),
  stored(
    NONSENSE,
    'the slot counts as empty',
    "onFault({ kind: 'callback-failed', callback: 'codec', slot, cause });\n  return UNREADABLE;",
    'return undefined as unknown as ReadRecord;',
    storedSpec('is unreadable where it throws'),
  ),
  codec(
    IN_OUR_FORM,
    'its head is taken as it is',
    "const head = headOf(bytes.toString('utf8', PREFIX, bodyAt));",
    "const head = JSON.parse(bytes.toString('utf8', PREFIX, bodyAt)) as Head;",
    codecSpec('calls a head that says'),
  ),
  attempt(
    UNWRITTEN,
    'its slot is given up',
    'if (replaces) {\n      await this.giveUp();',
    'if (!bytes) {\n      await this.giveUp();',
    STORES('on express keeps a tombstone where the codec'),
  ),
  attempt(
    UNWRITTEN,
    'the turn fails, and its lease lapses',
    'const written = writeRecord(this.#means, record, lease.slot);',
    'const written = this.#means.codec.encode(record, lease.slot);',
    STORES('on fastify keeps a tombstone where the codec'),
  ),
  storage(
    CHANGED,
    'the memory gives its own',
    'found && copyOf(found)',
    'found',
    keptBytes('on express a manual handler that changes the kept answer'),
  ),
  storage(
    CHANGED,
    'the memory gives its own to who comes second',
    "{ kind: 'taken', record: copyOf(held) }",
    "{ kind: 'taken', record: held }",
    testsOf('test/contract/memory.spec.ts')('MemoryStorage gives bytes that may be changed'),
  ),
  causesIn<string>('packages/nestjs/src/wire/hooked.ts')(
    CHANGED,
    'a hook is given the bytes that leave',
    'Buffer.from(answer.body));',
    'Buffer.from(answer.body.buffer, answer.body.byteOffset, answer.body.byteLength));',
    testsOf('test/e2e/wire-faults.spec.ts')('hooks of Fastify may change the bytes of a replay'),
  ),
  lateSave(
    REFUSED,
    'the same bytes are tried for ever',
    'failures <= RECORD_ALONE',
    'failures > 0',
    engineSpec('a tombstone is kept after a few tries'),
  ),
  lateSave(
    REFUSED,
    'it is given up without a tombstone',
    'failures > RECORD_ALONE',
    'failures > 0',
    engineSpec('a tombstone is kept before the save is given up'),
  ),
];
