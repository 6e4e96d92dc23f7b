/** The room on a response that is held back, and those who wait for it. */
import type { ServerResponse } from 'node:http';
import { type Listener, listening } from './listening.js';

/**
 * Collects who asks to be told of 'drain'. A compression outside takes such listeners for its own stream as soon as the head has
 * left, where an event emitted on the response does not reach them, so they are called one by one.
 */
class Waiting {
  private readonly listeners: Listener[] = [];
  private readonly listening;
  private isStopped = false;

  constructor(
    private readonly response: ServerResponse,
    heard: () => void,
  ) {
    this.listening = listening(response, ['drain'], (_event, listener) => {
      this.listeners.push(listener);
      heard();
    });
  }

  /** From now on nobody is collected. */
  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.listening.stop();
  }

  /** Hands the listeners on; `isDrained` when nothing stands in front of them, so that nobody else will ever call them. */
  resume(isDrained: boolean): void {
    const { response } = this;
    const { on } = this.listening;
    this.stop();
    if (isDrained) response.emit('drain');
    for (const listener of this.listeners) {
      on.call(response, 'drain', listener);
      if (isDrained) listener.call(response);
    }
  }
}

export class Room {
  private waiting: Waiting | undefined;
  private isAwaited = false;
  private heard: (() => void) | undefined;

  constructor(private readonly response: ServerResponse) {}

  /** Whether there is none, and who writes has to wait. */
  get isFull(): boolean {
    return this.waiting !== undefined;
  }

  fill(): void {
    if (this.isFull) return;
    this.waiting = new Waiting(this.response, () => {
      this.await();
    });
    if (this.response.listenerCount('drain') > 0) this.await();
  }

  /** Somebody waits for it. */
  await(): void {
    this.isAwaited = true;
    this.heard?.();
  }

  /** Calls `heard` when somebody waits for it, or does already. */
  onAwaited(heard: () => void): void {
    this.heard = heard;
    if (this.isAwaited) heard();
  }

  /** From now on there is always some. */
  flow(): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.stop();
    // Later: who asks to be told has not yet been put on the list.
    process.nextTick(() => waiting?.resume(true));
  }

  /** See `Waiting.resume`. */
  resume(isDrained: boolean): void {
    this.waiting?.resume(isDrained);
  }
}
