/** Counts round trips on the wire: how often a client of Postgres asks something that the server answers as a whole. */

/** What may come before the beginning proper, without a type: a wish for TLS or GSS. */
const WISHES = [80877103, 80877104];
/** A simple query, and the end of an extended one. */
const ASKS = ['Q', 'S'];

export interface Trips {
  /** For a new connection: told each piece that its client sends. */
  hear(): (chunk: Buffer) => void;
  /** Since it was last asked. */
  counted(): number;
}

export function countTrips(): Trips {
  let trips = 0;
  return {
    hear() {
      let rest: Buffer = Buffer.alloc(0);
      let hasBegun = false;
      return (chunk) => {
        rest = Buffer.concat([rest, chunk]);
        for (;;) {
          // From the beginning on each message has its type before its length.
          const at = hasBegun ? 1 : 0;
          if (rest.length < at + 4 || rest.length < at + rest.readUInt32BE(at)) return;
          if (!hasBegun) hasBegun = !WISHES.includes(rest.readUInt32BE(4));
          else if (ASKS.includes(rest.toString('latin1', 0, 1))) trips += 1;
          rest = rest.subarray(at + rest.readUInt32BE(at));
        }
      };
    },
    counted() {
      const now = trips;
      trips = 0;
      return now;
    },
  };
}
