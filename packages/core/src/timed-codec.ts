/** A codec whose promises end: one that asks a server must hold neither a request nor a record for ever. */
import { type Awaitable, isThenable } from './awaitable.js';
import type { Clock } from './clock.js';
import { CodecLateError } from './errors.js';
import type { RecordCodec } from './record.js';

/** `codec`, of which a promise is given up with a `CodecLateError` after `ms`. What is given at once is passed on as it is. */
export function timedCodec(codec: RecordCodec, ms: number, clock: Clock): RecordCodec {
  const within = <T>(name: string, given: Awaitable<T>): T | Promise<T> =>
    isThenable(given)
      ? new Promise((resolve, reject) => {
          const cancel = clock.after(ms, () => {
            reject(new CodecLateError(`\`codec.${name}\` did not settle within ${ms} ms.`));
          });
          Promise.resolve(given).finally(cancel).then(resolve, reject);
        })
      : given;
  return {
    encode: (record, slot) => within('encode', codec.encode(record, slot)),
    decode: (bytes, slot) => within('decode', codec.decode(bytes, slot)),
  };
}
