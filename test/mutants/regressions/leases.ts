/** Causes of keys that were taken from who held them, or held for ever. */
import { causesIn, type Regression, testsOf } from './regression.js';

const moments = testsOf('test/e2e/regressions-moments.spec.ts');
const stores = testsOf('test/e2e/regressions-store.spec.ts');
const engineSpec = testsOf('packages/core/src/engine.spec.ts');
const lockSpec = testsOf('packages/core/src/memory/lock.spec.ts');
const renewal = causesIn('packages/core/src/renewal.ts');
const lock = causesIn('packages/core/src/memory/lock.ts');
const storage = causesIn('packages/core/src/memory/storage.ts');
const clock = causesIn('packages/core/src/clock.ts');

export const leaseRegressions: readonly Regression[] = [
  renewal(
    'A handler longer than its lease',
    'the lease is never renewed',
    '() => void this.#renew()',
    '() => undefined',
    moments('on express renews the lease'),
  ),
  renewal(
    'A renewal that fails',
    'it was the last one',
    "onFault({ kind: 'renew-failed', slot: lease.slot, cause });",
    "onFault({ kind: 'renew-failed', slot: lease.slot, cause });\n      return;",
    stores('on express goes on when a renewal fails'),
  ),
  renewal(
    'A lease that is lost',
    'the handler is not told',
    "if (renewed === 'lost' && !this.isSettling) {",
    "if (renewed === 'lost') return;\n      if (renewed !== 'kept') {",
    stores('on express tells a handler by its signal'),
  ),
  storage(
    'A holder that comes late',
    'its record hides the first',
    "if (held) return { kind: 'taken', record: copyOf(held) };",
    '',
    stores('on express gives the first record to all'),
  ),
  lock(
    'A holder that was killed',
    'its key is held for ever',
    'last.token !== token && leftMs > 0)',
    'last.token !== token)',
    engineSpec('takes over as soon as a dead holder’s lease is over'),
  ),
  lock(
    'A holder that was killed',
    'its key is held for a moment too long',
    'leftMs > 0)',
    'leftMs >= 0)',
    lockSpec('holds to the last moment'),
  ),
  lock(
    'A live holder is not overtaken',
    'it is, a little before its lease ends',
    'leftMs > 0)',
    'leftMs > 5)',
    lockSpec('holds to the last moment'),
  ),
  clock(
    'A clock that is set',
    'leases and records follow it',
    'performance.now()',
    'Date.now()',
    moments('on express goes by no clock that somebody sets'),
  ),
];
