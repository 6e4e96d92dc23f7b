/** One run of a handler: it runs once, whoever still listens, and its answer is known before it leaves. */
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { Observable, Subscriber } from 'rxjs';
import type { AnswerLimits, Captured } from '../wire/answer.js';
import { REJECTED_BY_PIPES } from './beginning.js';
import type { Exchange } from '../request/exchange.js';
import { Gate } from '../wire/gate.js';
import type { Ended } from './outcome.js';
import { rawOf } from '../wire/platform.js';
import { fromError, fromValue } from '../unsent/unsent.js';

/** How long an answer may take to reach the response of a client that has left, before it is made from what the handler returned. */
const PATIENCE_MS = 1_000;

export class Execution {
  readonly gate: Gate;
  readonly #exchange: Exchange;
  readonly #limits: AnswerLimits;
  readonly #adapter: AbstractHttpAdapter;
  readonly #captured: Promise<Captured>;
  #capture!: (captured: Captured | Promise<Captured>) => void;
  #last: unknown;
  #error: unknown;
  #threw = false;
  #isOver = false;
  #isEmitting = false;
  #isGone = false;
  #isUnheard = false;
  #statusAtReturn: number | undefined;
  #onOver: (() => void) | undefined;

  /** From here on nothing leaves: see `gate`. */
  constructor(exchange: Exchange, limits: AnswerLimits, adapter: AbstractHttpAdapter) {
    this.#exchange = exchange;
    this.#limits = limits;
    this.#adapter = adapter;
    this.gate = Gate.on(exchange.response, limits, exchange.context.getHandler());
    this.#captured = new Promise((resolve) => {
      this.#capture = resolve;
    });
    void this.gate.captured.then(this.#capture);
  }

  /**
   * Runs the handler, tells `subscriber` what it emits, and settles when its answer is known; with `toItsEnd` not before the handler
   * has ended, as one may that answers by itself. Must be called once. Never rejects for what the handler does.
   */
  async run(handle: Observable<unknown>, subscriber: Subscriber<unknown>, toItsEnd: boolean): Promise<Ended> {
    const { response, request } = this.#exchange;
    subscriber.add(() => {
      this.#unsubscribed();
    });
    rawOf(response).once('close', () => {
      // The end of every ordinary answer closes its response, too.
      if (this.gate.ended) return;
      this.#isGone = true;
      if (this.#isOver) this.#settleSoon();
    });
    this.gate.handlerBegan();
    handle.subscribe({
      next: (value) => {
        this.gate.handlerEnded(value);
        this.#last = value;
        this.#statusAtReturn = response.statusCode;
        this.#isEmitting = true;
        subscriber.next(value);
        this.#isEmitting = false;
      },
      error: (error: unknown) => {
        this.#threw = true;
        this.#error = error;
        this.#over();
        subscriber.error(error);
      },
      complete: () => {
        // An Observable without a value succeeded all the same, although Nest makes an error of it.
        this.#statusAtReturn ??= response.statusCode;
        this.#over();
        subscriber.complete();
      },
    });
    const captured = await this.#captured;
    if (toItsEnd && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#onOver = resolve;
      });
    }
    return {
      captured,
      began: !(REJECTED_BY_PIPES in request),
      threw: this.#threw,
      error: this.#error,
      statusAtReturn: this.#statusAtReturn,
    };
  }

  #over(): void {
    this.gate.handlerEnded();
    this.#isOver = true;
    this.#onOver?.();
    if (this.#isUnheard) this.#captureUnsent();
    else if (this.#isGone) this.#settleSoon();
  }

  /** Nest, or an interceptor outside, does not wait for the handler any more; what it answers instead is not the handler's answer. */
  #unsubscribed(): void {
    if (this.#isOver || this.#isEmitting) return;
    this.#isUnheard = true;
    this.gate.detach();
  }

  /** The client has left and the handler has ended: platforms still write an answer then, but not in every case. */
  #settleSoon(): void {
    setTimeout(() => {
      this.#captureUnsent();
    }, PATIENCE_MS).unref();
  }

  #captureUnsent(): void {
    const { context } = this.#exchange;
    this.#capture(this.#threw ? fromError(this.#error) : fromValue(this.#adapter, context, this.#last, this.#limits));
  }
}
