/** Promises of a codec that end. */
import { ManualClock } from '../test/manual-clock.js';
import { envelope } from './codec.js';
import { CodecLateError, IdempotencyUnavailableError } from './errors.js';
import type { KeptRecord, RecordCodec } from './record.js';
import { timedCodec } from './timed-codec.js';

const tombstone: KeptRecord = { kind: 'tombstone', fingerprint: 'asked', loss: 'unkept' };
const never = (): Promise<never> => new Promise(() => undefined);

describe('a timed codec', () => {
  it.each<[string, (codec: RecordCodec) => unknown]>([
    ['encode', (codec) => codec.encode(tombstone, 'slot')],
    ['decode', (codec) => codec.decode(Buffer.of(1), 'slot')],
  ])('gives up a promise of %s that never settles, and says which', async (name, call) => {
    const clock = new ManualClock();
    const failed = expect(call(timedCodec({ encode: never, decode: never }, 50, clock))).rejects.toEqual(
      new CodecLateError(`\`codec.${name}\` did not settle within 50 ms.`),
    );
    await clock.pass(50);
    await failed;
    expect(new CodecLateError('late')).toBeInstanceOf(IdempotencyUnavailableError);
  });

  it('passes on what is given in time, what is given at once without a promise, and leaves no timer', async () => {
    const clock = new ManualClock();
    const plain = timedCodec(envelope, 50, clock);
    const bytes = plain.encode(tombstone, 'slot');
    expect([bytes, plain.decode(bytes as Uint8Array, 'slot')]).toEqual([envelope.encode(tombstone, 'slot'), tombstone]);
    const broken = new Error('broken');
    const later = timedCodec({ encode: () => Promise.resolve(Buffer.of(1)), decode: () => Promise.reject(broken) }, 50, clock);
    expect(await later.encode(tombstone, 'slot')).toEqual(Buffer.of(1));
    await expect(later.decode(Buffer.of(1), 'slot')).rejects.toBe(broken);
    expect(clock.pending).toBe(0);
  });
});
