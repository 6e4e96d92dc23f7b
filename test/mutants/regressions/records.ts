/** Causes of records that were replayed, hidden or lost where they should not have been. */
import { causesIn, type Regression, testsOf } from './regression.js';

const stores = testsOf('test/e2e/regressions-store.spec.ts');
const draft = testsOf('test/standard/draft-07.spec.ts');
const pairSpec = testsOf('packages/core/src/pair.spec.ts');
const mapSpec = testsOf('packages/core/src/memory/expiring-map.spec.ts');
const clockSpec = testsOf('packages/core/src/clock.spec.ts');
const contract = testsOf('test/contract/memory.spec.ts');
const decide = causesIn('packages/core/src/decide.ts');
const engine = causesIn('packages/core/src/engine.ts');
const pair = causesIn('packages/core/src/pair.ts');
const codec = causesIn('packages/core/src/codec.ts');
const clock = causesIn('packages/core/src/clock.ts');
const map = causesIn('packages/core/src/memory/expiring-map.ts');
const storage = causesIn('packages/core/src/memory/storage.ts');
const entry = causesIn('packages/cache-manager/src/entry.ts');
const problems = causesIn('packages/nestjs/src/problems.ts');

export const recordRegressions: readonly Regression[] = [
  engine(
    'A mismatch leaves the record alone',
    'it is overwritten',
    "if (verdict.kind !== 'execute' && verdict.kind !== 'render') {\n      if (found",
    `if (verdict.kind === 'reject' && verdict.reason === 'mismatch') {
      await this.#means.backend.open(lease, terms.leaseMs, terms.keepMs, true);
      await this.#means.backend.resettle(lease, Buffer.from('mismatch'), terms.keepMs);
    }
    if (verdict.kind !== 'execute' && verdict.kind !== 'render') {\n      if (found`,
    draft('on express R5, R17'),
  ),
  decide(
    'Another body while the first runs',
    'it is told to wait',
    'claim?.fingerprint !== undefined && claim.fingerprint !== asked',
    'claim === undefined',
    draft('on express R17: 422 wins over 409'),
  ),
  problems(
    'When to come back',
    'nobody is told',
    'if (retryAfterMs !== undefined && !silent)',
    'if (silent)',
    draft('on express R18: of 50'),
  ),
  pair(
    'A race that was lost is a replay',
    'it runs again',
    'if (!record) return { claim };',
    'if (!evenIfKept) return { claim };',
    pairSpec('looks again behind the claim'),
  ),
  map(
    'A record at the very end of its time',
    'it is still there',
    'entry.queue.keepMs > this.#clock.now()',
    'entry.queue.keepMs >= this.#clock.now()',
    mapSpec('ends an entry when its time is over'),
  ),
  entry(
    'A record of a cache at the very end of its time',
    'it is still there',
    'nowMs >= Number(until)',
    'nowMs > Number(until)',
    { spec: 'packages/cache-manager/src/entry.spec.ts' },
  ),
  clock(
    'A time longer than a timer can be',
    'the timer fires at once',
    'Math.min(ms, LONGEST_TIMER_MS)',
    'ms',
    clockSpec('longest'),
  ),
  storage(
    'A record that has expired since it was claimed',
    'it takes its slot, and cannot be read',
    'const held = this.#recordIn(slot);',
    'const held = this.#records > 0 ? (this.#recordIn(slot) ?? new Uint8Array(0)) : undefined;',
    contract('MemoryStorage'),
  ),
  codec(
    'A record that is damaged',
    'it is replayed',
    'if (bytes.readUInt32BE(end) !== crc32(bytes.subarray(0, end))) return UNREADABLE;',
    '',
    stores('on express never replays a record of which one bit'),
  ),
  decide(
    'A record that is damaged',
    'the handler runs over it',
    "if (record?.kind === 'unreadable') return { kind: 'reject', reason: 'unreadable' };",
    "if (record?.kind === 'unreadable') record = undefined;",
    stores('on express never replays rubbish'),
  ),
];
