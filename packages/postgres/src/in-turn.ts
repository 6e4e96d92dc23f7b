/** Questions to one session, one after another: a client of `pg` takes no second one before the first is answered, from its version 9 on. */

/** Asks by `ask`; a question waits until the one before it is answered, or has failed. */
export function inTurn<Question extends unknown[], Answer>(
  ask: (...question: Question) => Promise<Answer>,
): (...question: Question) => Promise<Answer> {
  let before: Promise<unknown> = Promise.resolve();
  return (...question) => {
    const answered = before.then(() => ask(...question));
    // Who asked is told of a failure; to the next question it only says that it is its turn.
    before = answered.catch(() => undefined);
    return answered;
  };
}
