/** Causes of wrong answers to a store that failed. */
import { causesIn, type Regression, testsOf } from './regression.js';

const stores = testsOf('test/e2e/regressions-store.spec.ts');
const engineSpec = testsOf('packages/core/src/engine.spec.ts');
const contract = testsOf('test/contract/memory.spec.ts');
const opening = causesIn('packages/core/src/opening.ts');
const attempt = causesIn('packages/core/src/leased-attempt.ts');
const renewal = causesIn('packages/core/src/renewal.ts');
const pair = causesIn('packages/core/src/pair.ts');
const timed = causesIn('packages/core/src/timed.ts');
const lock = causesIn('packages/core/src/memory/lock.ts');
const storage = causesIn('packages/core/src/memory/storage.ts');
const interceptor = causesIn('packages/nestjs/src/turn/idempotency.interceptor.ts');
const LATER = 'this.#saveLater(bytes, tombstone, cause);';
const failedSave = stores('on express gives the client its answer when the save fails');
const isDown = stores('on express answers 503 and runs nothing when the storage is down');

export const storeRegressions: readonly Regression[] = [
  interceptor(
    'The store is down at the claim',
    'the client is told 500',
    'serving.refuse(failure, detail === undefined ? {} : { detail });',
    'serving.tellAll((subscriber) => subscriber.error(error));',
    isDown,
  ),
  interceptor(
    'The store is down at the claim',
    'the handler runs without protection',
    "isDown && this.options.whenUnavailable === 'run-unprotected'",
    'isDown',
    isDown,
  ),
  attempt(
    'The store is down at the save',
    'the client is told so after the success',
    "return { kind: 'deferred' };",
    'throw cause;',
    failedSave,
  ),
  attempt('The store is down at the save', 'the key is given up', LATER, 'void this.giveUp();', failedSave),
  attempt('The store is down at the save', 'it is never saved', LATER, '', failedSave),
  attempt(
    'The store is down at the release',
    'the client is told so',
    "this.#fault({ kind: 'release-failed', cause });",
    'throw cause;',
    engineSpec('while releasing: is reported'),
  ),
  renewal(
    'The store is down at a renewal',
    'the lease counts as lost',
    "onFault({ kind: 'renew-failed', slot: lease.slot, cause });",
    'this.#tellLost();\n      return;',
    stores('on express goes on when a renewal fails'),
  ),
  pair(
    'A store that throws at once',
    'nobody catches it',
    'const kept = storage.find(lease.slot);\n        const record =',
    'const kept = await new Promise<StoredRecord | undefined>((found, failed) => setImmediate(() => Promise.resolve(storage.find(lease.slot)).then(found, failed)));\n        const record =',
    stores('on express answers 503 and runs nothing when the storage throws at once'),
  ),
  timed(
    'A store that is slow',
    'the request waits for it for ever',
    'clock.after(ms, () => {',
    'clock.after(ms * 1e6, () => {',
    stores('on express answers 503 in time when the storage'),
  ),
  opening(
    'A claim whose answer was lost',
    'it holds its key',
    'if (!terms.transactional) void this.#handBack(lease, terms.leaseMs, traceMs);',
    '',
    engineSpec('a claim whose reply was lost is handed back'),
  ),
  lock(
    'A claim whose answer was lost',
    'its holder is refused',
    'last.token !== token && leftMs',
    'leftMs',
    contract('MemoryLock'),
  ),
  lock(
    'A bound of memory',
    'it drops those who run',
    'this.#holdings.set(slot,',
    "while (this.#holdings.size >= 3) this.#holdings.delete(this.#holdings.oldest() ?? '');\n    this.#holdings.set(slot,",
    stores('on express drops records beyond the bound'),
  ),
  storage(
    'A bound of memory',
    'there is none',
    'this.#records <= this.#maxRecords &&',
    '',
    stores('on express drops records beyond the bound'),
  ),
];
