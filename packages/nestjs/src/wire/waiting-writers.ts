/** Those who wait for the end of a response that is held back. */
import type { ServerResponse } from 'node:http';
import { type Listener, listening } from './listening.js';
import type { Taken } from './valve.js';

/** What Node emits when a response has left: who asks for `finished()` waits for both. */
const ENDS = ['finish', 'close'];

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
  private finished: Finished | undefined;

  constructor(private readonly response: ServerResponse) {
    // For each request: without a list more than is needed, and of 'close' hardly ever one.
    const finishes = response.rawListeners('finish');
    this.below = response.listenerCount('close') === 0 ? finishes : [...finishes, ...response.rawListeners('close')];
  }

  /** Lets `ended` go, and all who wait for the end. */
  finish(ended: Taken | undefined): void {
    this.finished = new Finished(this.response, this.below, ended);
  }

  /** What is put on from now on hears of the end when it really leaves. */
  stop(): void {
    this.finished?.stop();
  }
}
