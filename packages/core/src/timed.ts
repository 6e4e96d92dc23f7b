/** A backend whose calls end: a store that does not answer must not hold a request for ever. */
import type { Clock } from './clock.js';
import { IdempotencyUnavailableError } from './errors.js';
import type { IdempotencyBackend } from './ports.js';

/** `backend`, each of whose calls is given up with an `IdempotencyUnavailableError` after `ms`. What the call does later is not undone. */
export function timed(backend: IdempotencyBackend, ms: number, clock: Clock): IdempotencyBackend {
  const within = <T>(name: string, call: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const cancel = clock.after(ms, () => {
        reject(new IdempotencyUnavailableError(`The store did not answer to '${name}' within ${ms} ms.`));
      });
      call.finally(cancel).then(resolve, reject);
    });
  return {
    open: (lease, leaseMs, keepMs, evenIfKept) => within('open', backend.open(lease, leaseMs, keepMs, evenIfKept)),
    renew: (lease, leaseMs) => within('renew', backend.renew(lease, leaseMs)),
    release: (lease) => within('release', backend.release(lease)),
    settle: (lease, record, keepMs) => within('settle', backend.settle(lease, record, keepMs)),
    resettle: (lease, record, keepMs) => within('resettle', backend.resettle(lease, record, keepMs)),
    ...(backend.watch && { watch: backend.watch.bind(backend) }),
    ...(backend.onDrop && { onDrop: backend.onDrop.bind(backend) }),
    ...(backend.transaction && { transaction: backend.transaction.bind(backend) }),
    ...(backend.joined && { joined: backend.joined.bind(backend) }),
    ...(backend.isConflict && { isConflict: backend.isConflict.bind(backend) }),
    ...(backend.check && { check: backend.check.bind(backend) }),
    ...(backend.close && { close: backend.close.bind(backend) }),
  };
}
