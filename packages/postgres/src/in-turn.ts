/** Questions to one session, one after another: a client of `pg` takes no second one before the first is answered, from its version 9 on. */
import type { ListenClient } from './listen-connection.js';

/** Asks `client`; a question waits until the one before it is answered, or has failed. */
export function inTurn(client: ListenClient): ListenClient['query'] {
  let before: Promise<unknown> = Promise.resolve();
  return (text, values) => {
    const answered = before.then(() => client.query(text, values));
    // Who asked is told of a failure; to the next question it only says that it is its turn.
    before = answered.catch(() => undefined);
    return answered;
  };
}
