/** Those who wait on a response that is held back: for room, and for its end. */
import type { ServerResponse } from 'node:http';
import type { Taken } from './valve.js';

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- Node's own type of a listener.
type Listener = Function;
/** What Node emits when a response has left: who asks for `finished()` waits for both. */
const ENDS = ['finish', 'close'];

type On = (this: unknown, event: string | symbol, listener: Listener) => ServerResponse;

/** Puts an `on` before the response's own that hears of whoever asks for one of `events`, and gives what takes it off again. */
function listening(
  response: ServerResponse,
  events: readonly string[],
  heard: (event: string, listener: Listener) => void,
): { on: On; stop: () => void } {
  const patched = response as unknown as { on: On };
  const { on } = patched;
  patched.on = (asked, listener) => {
    if (typeof asked !== 'string' || !events.includes(asked)) return on.call(response, asked, listener);
    heard(asked, listener);
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
    this.listening = listening(response, ['drain'], (_event, listener) => this.listeners.push(listener));
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
  private isTold = false;
  private isStopped = false;
  private readonly listening;

  constructor(
    private readonly response: ServerResponse,
    private readonly below: readonly Listener[],
    private readonly ended: Taken | undefined,
  ) {
    // In a turn of its own: who ends a response and then asks to be told is still in time, as with Node.
    setImmediate(() => {
      this.tell();
    });
    this.listening = listening(response, ENDS, (event, listener) => {
      if (this.isTold) setImmediate(() => void listener.call(response));
      else this.listening.on.call(response, event, listener);
    });
  }

  /** Undoes what was put on last: before those who wait for room are handed on. Who was not told yet hears of the end itself. */
  stop(): void {
    const { ended } = this;
    this.isStopped = true;
    this.listening.stop();
    if (!this.isTold && ended !== undefined) this.response.once('finish', ended);
  }

  private tell(): void {
    if (this.isStopped) return;
    this.isTold = true;
    const { response, below } = this;
    for (const event of ENDS) {
      for (const listener of response.rawListeners(event)) {
        if (below.includes(listener)) continue;
        response.removeListener(event, listener as Taken);
        listener.call(response);
      }
      if (event === 'finish') this.ended?.();
    }
  }
}

/** All of them, on one response. Those who wait for the end since before there were any hear of it when the end really leaves. */
export class Waiters {
  private readonly below: readonly Listener[];
  private waiting: Waiting | undefined;
  private finished: Finished | undefined;

  constructor(private readonly response: ServerResponse) {
    this.below = ENDS.flatMap((event) => response.rawListeners(event));
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
