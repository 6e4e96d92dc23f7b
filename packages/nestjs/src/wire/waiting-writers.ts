/** Those who wait for 'drain' on a response that is held back. */
import type { ServerResponse } from 'node:http';

type Listener = () => void;
type On = (this: unknown, event: string | symbol, listener: Listener) => ServerResponse;

/**
 * Collects who asks to be told of 'drain'. A compression outside takes such listeners for its own stream as soon as the head has
 * left, where an event emitted on the response does not reach them, so they are called one by one.
 */
export class Waiting {
  private readonly listeners: Listener[] = [];
  private readonly on: On;

  constructor(private readonly response: ServerResponse) {
    const patched = response as unknown as { on: On };
    this.on = patched.on;
    const { listeners, on } = this;
    patched.on = function (event, listener) {
      if (event !== 'drain') return on.call(this, event, listener);
      listeners.push(listener);
      return response;
    };
  }

  /** Hands the listeners on; `isDrained` when nothing stands in front of them, so that nobody else will ever call them. */
  resume(isDrained: boolean): void {
    const { response, on } = this;
    (response as unknown as { on: On }).on = on;
    if (isDrained) response.emit('drain');
    for (const listener of this.listeners) {
      on.call(response, 'drain', listener);
      if (isDrained) listener.call(response);
    }
  }
}
