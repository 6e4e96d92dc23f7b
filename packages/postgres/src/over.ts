/** What is told to those who use the transaction of a request after its end. */

/** Names the cure: nothing that the handler began may go on without it. */
export const over = (): Error =>
  new Error('The idempotency transaction of this request is over: await all work before the handler ends.');
