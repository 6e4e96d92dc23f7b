/** One turn of a handler: what is known of the handler and of the wire comes together here, and is put before the ruling. */
import { HttpException } from '@nestjs/common';
import type { KeptRecord, UnrenderedRecord } from '@nestjs-idempotency/core';
import type { Observable, Subscriber } from 'rxjs';
import { recordOfError, recordOfValue } from '../unsent/unrendered.js';
import type { Captured } from '../wire/answer.js';
import { Gate } from '../wire/gate.js';
import { rawOf } from '../wire/platform.js';
import { Chain, type ChainWatch } from './chain.js';
import type { Conditions } from './conditions.js';
import { HandlerRun, type HandlerWatch } from './handler-run.js';
import { isWithin, within } from './handler-scope.js';
import { type Fate, mayLeave, type Rendered, type Ruling, rulingOn } from './ruling.js';

/** What becomes of the slot: a record that is to be kept, or nothing. In a transaction, nothing means that all is undone. */
export type Ending = KeptRecord | undefined;

const NOTHING: Rendered = { kind: 'nothing', storable: false };
const STORABLE: Rendered = { kind: 'nothing', storable: true };

export class Execution implements HandlerWatch, ChainWatch {
  readonly gate: Gate;
  readonly run: HandlerRun;
  readonly #conditions: Conditions;
  #chain: Chain | undefined;
  #settle!: (ending: Ending) => void;
  #isSettled = false;
  #captured: Captured | undefined;
  /** What was captured is not of the handler. */
  #isForeign = false;
  #isByHandler = false;
  #isGone: boolean;
  #isOutOfPatience = false;
  #statusAtBegin: number;
  /** Set by somebody outside while the slot was looked up, who has answered meanwhile: it is not the handler's. */
  readonly #foreignStatus: number;

  /** From here on nothing leaves: see `gate`. */
  constructor(conditions: Conditions) {
    this.#conditions = conditions;
    const { exchange, limits, byItself, instead } = conditions;
    this.#foreignStatus = exchange.response.statusCode;
    this.gate = Gate.on(exchange.response, limits);
    this.run = new HandlerRun(this, instead, byItself ? (work) => within(this, work) : undefined);
    if (byItself)
      this.gate.onBegin = () => {
        this.#isByHandler = isWithin(this);
      };
    this.#statusAtBegin = this.#standingStatus();
    const raw = rawOf(exchange.response);
    this.#isGone = raw.closed || raw.destroyed;
    if (!this.#isGone)
      raw.once('close', () => {
        // The end of every ordinary answer closes its response, too.
        if (this.gate.ended) return;
        this.#isGone = true;
        this.#look();
      });
  }

  get signal(): AbortSignal {
    return this.#conditions.signal();
  }

  get isHeard(): boolean {
    return !this.isLeft;
  }

  /** While somebody else's answer is on its way, its status stands on the response, and the handler's is the one it began with. */
  status(): number {
    return this.gate.begun ? this.#statusAtBegin : this.#standingStatus();
  }

  began(): void {
    if (!this.gate.begun) this.#statusAtBegin = this.#standingStatus();
    this.gate.handlerBegan();
  }

  ended(): void {
    this.gate.handlerEnded();
    // What it gave reaches those outside first; only when nobody waits for it is it looked at here.
    if (this.#isForeign || this.#chain?.isUnheard === true || this.#conditions.byItself) this.#look();
  }

  /** Runs `handled`, which ends in the handler, and settles when the fate of its slot is known. Must be called once. Never rejects. */
  start(handled: Observable<unknown>, subscribers: readonly Subscriber<unknown>[]): Promise<Ending> {
    const ending = new Promise<Ending>((settle) => {
      this.#settle = settle;
    });
    void this.gate.captured.then((captured) => {
      this.#captured = captured;
      this.#isForeign = this.gate.isLate || !this.#isOfHandler(captured);
      this.#look();
    });
    this.#chain = new Chain(handled, this);
    // Who has left is served only when nobody else is there, since the handler runs all the same.
    const heard = subscribers.filter(({ closed }) => !closed);
    for (const subscriber of heard.length > 0 ? heard : subscribers.slice(0, 1)) this.#chain.run(subscriber);
    return ending;
  }

  /** Whether all that it told those outside has been told, or they have unsubscribed. */
  get isLeft(): boolean {
    return this.#chain?.isOver === true || this.#chain?.isUnheard === true;
  }

  /** Runs it once more for another subscription, as of a retry outside; false when its fate is known already. */
  again(subscriber: Subscriber<unknown>): boolean {
    if (this.#isSettled || this.#chain === undefined) return false;
    this.#chain.run(subscriber);
    return true;
  }

  /** Whether a success waits to leave. Settles when that is known: something is always answered, unless nobody is there any more. */
  async isSuccess(): Promise<boolean> {
    const gone = new Promise<void>((left) => {
      rawOf(this.#conditions.exchange.response).once('close', left);
    });
    if (this.#captured === undefined && !this.#isGone) await Promise.race([this.gate.captured, gone]);
    return this.#captured !== undefined && statusOf(this.#captured) < 400;
  }

  /** Whether what left while the handler ran, or was left unheard by those outside, is an answer of the handler. */
  #isOfHandler(captured: Captured): boolean {
    const { kind } = this.run.facts;
    const isHeard = this.#chain?.isUnheard !== true;
    if (!this.#conditions.byItself) return kind !== 'running' && isHeard && this.#chain?.isOver === true;
    if (this.#isByHandler) return true;
    // Where its async scope was lost on the way, a success is taken for its own, as nobody else answers with one after it.
    return kind !== 'running' && isHeard && (kind === 'threw' || statusOf(captured) < 400);
  }

  chainChanged(): void {
    this.#look();
  }

  /** Called whenever something has changed: lets leave what may, and settles when the table says more than to wait. */
  #look(): void {
    if (this.#isSettled) return;
    const { terms, fingerprint } = this.#conditions;
    const { facts } = this.run;
    // Pipes and inner interceptors may take their time before a handler begins.
    const progress = facts.kind === 'idle' && this.#chain?.isOver !== true ? 'running' : facts.kind;
    const rendered = this.#rendered(progress === 'running');
    if (rendered === undefined) return;
    const captured = this.#captured;
    const fate = this.#fateUnder(rulingOn(progress, rendered, terms));
    if (fate === 'wait') {
      if (captured !== undefined && mayLeave(statusOf(captured), terms)) this.gate.send();
      return;
    }
    this.#isSettled = true;
    this.run.close();
    this.#settle(this.#recordOf(fate, fingerprint));
  }

  /** What was rendered of the handler; `undefined` while that is still to come. */
  #rendered(isRunning: boolean): Rendered | undefined {
    const { facts } = this.run;
    const captured = this.#captured;
    if (captured !== undefined && !this.#isForeign) {
      const { kind } = captured;
      if (facts.kind !== 'returned') return { kind };
      const status = statusOf(captured);
      const isError =
        (this.#chain?.hasFailed === true && !this.#isByHandler) ||
        (!this.#conditions.byItself && status >= 400 && status !== this.#chain?.status);
      return { kind: isError ? 'error' : kind };
    }
    if (isRunning) return captured === undefined ? undefined : NOTHING;
    if (!this.#isForeign && this.#chain?.isUnheard !== true && !this.#isOutOfPatience) {
      if (this.#isGone) this.#waitForRendering();
      return undefined;
    }
    return this.#unrendered() === undefined ? NOTHING : STORABLE;
  }

  /** The client has left: platforms still render an answer then, but not in every case. */
  #waitForRendering(): void {
    if (this.#chain?.isOver !== true) return;
    setTimeout(() => {
      this.#isOutOfPatience = this.#chain?.isOver === true;
      this.#look();
    }, this.#conditions.patienceMs).unref();
  }

  #standingStatus(): number {
    const { response, status } = this.#conditions.exchange;
    return response.statusCode === this.#foreignStatus ? status : response.statusCode;
  }

  #unrendered(): UnrenderedRecord | undefined {
    const { fingerprint, limits, byItself } = this.#conditions;
    const { facts } = this.run;
    const around = { fingerprint, headers: this.gate.headersOfHandler(), maxBytes: limits.maxBodyBytes };
    if (facts.kind === 'threw') return recordOfError(facts.error, { ...around, status: 500 });
    if (facts.kind !== 'returned' || byItself) return undefined;
    return recordOfValue(facts.value, { ...around, status: facts.status });
  }

  /** The policy is asked where the table leaves it to it; one that fails buries what ran, since nobody knows what it would have said. */
  #fateUnder({ kept, otherwise }: Ruling): Fate {
    if (kept === otherwise) return kept;
    const { facts } = this.run;
    const error = facts.kind === 'threw' ? facts.error : undefined;
    try {
      const says: unknown = this.#conditions.keep({ status: this.#statusForPolicy(), error });
      if (!(says instanceof Promise)) return says ? kept : otherwise;
      says.catch(() => undefined);
      throw new TypeError('`keep` must answer at once, with true or false; it returned a promise.');
    } catch (cause) {
      this.#conditions.onFailed('keep', cause);
      return this.#conditions.terms.manual ? 'release' : 'tombstone';
    }
  }

  #statusForPolicy(): number {
    const { facts } = this.run;
    if (this.#captured !== undefined && !this.#isForeign) return statusOf(this.#captured);
    if (facts.kind === 'returned') return facts.status;
    return facts.kind === 'threw' && facts.error instanceof HttpException ? facts.error.getStatus() : 500;
  }

  #recordOf(fate: Exclude<Fate, 'wait'>, fingerprint: string): Ending {
    if (fate === 'release') return undefined;
    if (fate === 'keep-unrendered') return this.#unrendered();
    if (fate === 'keep-answer' && this.#captured?.kind === 'answer')
      return { kind: 'answer', fingerprint, answer: this.#captured.answer };
    return { kind: 'tombstone', fingerprint, loss: 'unkept' };
  }
}

function statusOf(captured: Captured): number {
  return captured.kind === 'answer' ? captured.answer.status : captured.status;
}
