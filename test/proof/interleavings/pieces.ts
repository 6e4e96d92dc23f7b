/** A stream whose pieces come one by one, when the schedule comes to them. */
import { Readable } from 'node:stream';

export function piecesOf(pieces: readonly string[], next: () => Promise<void>, isDead: () => boolean): Readable {
  const left = [...pieces];
  return new Readable({
    read() {
      void next().then(() => {
        if (!isDead() && !this.destroyed) this.push(left.shift() ?? null);
      });
    },
  });
}
