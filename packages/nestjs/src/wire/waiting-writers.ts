/** Those who wait on a response that is held back: for room, and for its end. */
import type { ServerResponse } from 'node:http';
import type { Taken } from './valve.js';

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- Node's own type of a listener.
type Listener = Function;
type On = (this: unknown, event: string | symbol, listener: Listener) => ServerResponse;

/** Puts `on` before the response's own, and gives what takes it off again. */
function listening(response: ServerResponse, event: string, heard: (listener: Listener) => void): { on: On; stop: () => void } {
  const patched = response as unknown as { on: On };
  const { on } = patched;
  patched.on = (asked, listener) => {
    if (asked !== event) return on.call(response, asked, listener);
    heard(listener);
    return response;
  };
  return {
    on,
    stop: () => {
      patched.on = on;
    },
  };
}

/**
 * Collects who asks to be told of 'drain'. A compression outside takes such listeners for its own stream as soon as the head has
 * left, where an event emitted on the response does not reach them, so they are called one by one.
 */
class Waiting {
  private readonly listeners: Listener[] = [];
  private readonly listening;

  constructor(private readonly response: ServerResponse) {
    this.listening = listening(response, 'drain', (listener) => this.listeners.push(listener));
  }

  /** Hands the listeners on; `isDrained` when nothing stands in front of them, so that nobody else will ever call them. */
  resume(isDrained: boolean): void {
    const { response } = this;
    const { on, stop } = this.listening;
    stop();
    if (isDrained) response.emit('drain');
    for (const listener of this.listeners) {
      on.call(response, 'drain', listener);
      if (isDrained) listener.call(response);
    }
  }
}

/**
 * Tells those who wait for the end of a response that it has finished, though it leaves only later: `ended`, all listeners but those
 * `below`, and whoever asks until `stop` is called. Each hears of it once: none of them is left when it really finishes.
 */
class Finished {
  /** Undoes what was put on last: before those who wait for room are handed on. */
  readonly stop: () => void;

  constructor(response: ServerResponse, below: readonly Listener[], ended: Taken | undefined) {
    const tell = (listener: Listener): unknown => setImmediate(() => void listener.call(response));
    // In a turn of its own: who ends a response and then asks to be told is still in time, as with Node.
    setImmediate(() => {
      for (const listener of response.rawListeners('finish')) {
        if (below.includes(listener)) continue;
        response.removeListener('finish', listener as Taken);
        listener.call(response);
      }
      ended?.();
    });
    this.stop = listening(response, 'finish', tell).stop;
  }
}

/** All of them, on one response. Those who wait for the end since before there were any hear of it when the end really leaves. */
export class Waiters {
  private readonly below: readonly Listener[];
  private waiting: Waiting | undefined;
  private finished: Finished | undefined;

  constructor(private readonly response: ServerResponse) {
    this.below = response.rawListeners('finish');
  }

  /** Whether there is no room, and who writes has to wait. */
  get isFull(): boolean {
    return this.waiting !== undefined;
  }

  fill(): void {
    this.waiting ??= new Waiting(this.response);
  }

  /** Lets `ended` go, and all who wait for the end. */
  finish(ended: Taken | undefined): void {
    this.finished = new Finished(this.response, this.below, ended);
  }

  /** What is put on from now on hears of the end when it really leaves. */
  stop(): void {
    this.finished?.stop();
  }

  /** See `Waiting.resume`. */
  resume(isDrained: boolean): void {
    this.waiting?.resume(isDrained);
  }
}
