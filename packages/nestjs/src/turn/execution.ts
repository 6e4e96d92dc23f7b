/**
 * One turn of a handler: what is known of the handler and of the wire comes together here, and is put before the ruling. Long because
 * whose answer it was is told by the handler, the wire and the chain together, as far as each has come at that moment.
 */
import type { UnrenderedRecord } from '@nestjs-idempotency/core';
import type { Observable, Subscriber } from 'rxjs';
import { type Captured, statusOf } from '../wire/answer.js';
import { Gate } from '../wire/gate.js';
import { Chain, type ChainWatch } from './chain.js';
import type { Conditions, Ending } from './conditions.js';
import { fateUnder } from './fate.js';
import { HandlerRun, type HandlerWatch } from './handler-run.js';
import { isWithin, within } from './handler-scope.js';
import { type Fate, mayLeave, type Rendered, rulingOn } from './ruling.js';
import { unrenderedOf } from './unrendered-of.js';

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
  #mayBeByHandler = false;
  #isLeaving = false;
  /** Those inside or outside have given up on a handler that runs on: headers that come from now on are theirs. */
  #isGivenUp = false;
  /** Somebody answered without that having been known before: nobody knows which headers are the handler's. */
  #hasForeignHeaders = false;
  #statusAtBegin: number;
  /** Set by somebody outside while the slot was looked up, who has answered meanwhile: it is not the handler's. */
  readonly #foreignStatus: number;

  /** From here on nothing leaves: see `gate`. */
  constructor(conditions: Conditions) {
    this.#conditions = conditions;
    const { exchange, limits, byItself, patienceMs, instead } = conditions;
    this.#foreignStatus = exchange.response.statusCode;
    this.gate = Gate.on(exchange.response, limits, exchange.context.getHandler(), patienceMs);
    this.run = new HandlerRun(this, instead, byItself ? (work) => within(this, work) : undefined);
    if (byItself)
      this.gate.onBegin = () => {
        this.#isByHandler = isWithin(this);
      };
    this.#statusAtBegin = this.#standingStatus();
    this.gate.onClientLeft = () => {
      this.#leaveInTime();
    };
  }

  get signal(): AbortSignal {
    return this.#conditions.signal();
  }

  get isHeard(): boolean {
    return this.#chain !== undefined && !this.#chain.isOver && !this.#chain.isUnheard;
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
    const { facts } = this.run;
    this.#hasForeignHeaders = this.gate.begun && !this.#isGivenUp && !this.#conditions.byItself;
    this.gate.handlerEnded(facts.kind === 'returned' ? facts.value : undefined);
    this.#look();
  }

  /** Runs `handled`, which ends in the handler, and settles when the fate of its slot is known. Must be called once. Never rejects. */
  start(handled: Observable<unknown>, subscribers: readonly Subscriber<unknown>[]): Promise<Ending> {
    const ending = new Promise<Ending>((settle) => {
      this.#settle = settle;
    });
    void this.gate.captured.then((captured) => {
      this.#captured = captured;
      this.#mayBeByHandler = captured.kind !== 'nothing' && this.#isAnsweredAround(captured);
      this.#isForeign = captured.kind === 'nothing' || !this.#isOfHandler(captured);
      this.#look();
    });
    this.#chain = new Chain(handled, this);
    if (this.gate.isClientGone) this.#leaveInTime();
    // Who has left is served only when nobody else is there, since the handler runs all the same.
    const heard = subscribers.filter(({ closed }) => !closed);
    for (const subscriber of heard.length > 0 ? heard : subscribers.slice(0, 1)) this.#chain.run(subscriber);
    return ending;
  }

  /**
   * Runs the chain once more for another subscription, as of a retry outside. When its fate is known, what the handler gave goes through all
   * that stands inside as it did before: it may hide what nobody outside is to see.
   */
  again(subscriber: Subscriber<unknown>): void {
    // Later, as a retry outside that has no end would otherwise never let go of the process.
    if (this.#isSettled) setImmediate(() => this.#chain?.run(subscriber));
    else this.#chain?.run(subscriber);
  }

  /** Whether a success waits to leave. Settles when that is known: something is always answered, unless nobody is there any more. */
  async isSuccess(): Promise<boolean> {
    const captured = this.#captured ?? (await this.gate.captured);
    return captured.kind !== 'nothing' && statusOf(captured) < 400;
  }

  /** Whether what left while the handler ran, or was left unheard by those outside, is an answer of the handler. */
  #isOfHandler(captured: Captured): boolean {
    const { kind } = this.run.facts;
    const isHeard = this.#chain?.isUnheard !== true;
    if (!this.#conditions.byItself) return isHeard && (this.#hasGiven() || (kind !== 'running' && this.#chain?.isOver === true));
    if (this.#isByHandler) return true;
    // Where its async scope was lost on the way, a success is taken for its own, as nobody else answers with one after it.
    return kind !== 'running' && isHeard && (kind === 'threw' || statusOf(captured) < 400);
  }

  /** Whether nobody outside has answered, nor somebody inside, but one who has the response: a middleware, or the handler itself. */
  #isAnsweredAround(captured: Captured): boolean {
    return this.#chain?.isUnheard !== true && this.#chain?.isOver !== true && !this.#isOfHandler(captured);
  }

  /** Nobody waits for what the handler gives: an Observable of it without end ends with its turn. */
  #leaveInTime(): void {
    const { signal } = this;
    const leave = (): void => this.#chain?.leave();
    if (this.#isLeaving || this.#isSettled) return;
    this.#isLeaving = true;
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  }

  /** Those outside were given something, of which what they render is made, though the handler may go on. */
  #hasGiven(): boolean {
    return this.#chain?.hasEmitted === true && !this.#chain.hasFailed;
  }

  chainChanged(): void {
    if (this.run.facts.kind === 'running' && !this.#isGivenUp && !this.gate.begun) {
      this.#isGivenUp = true;
      this.gate.handlerAnswers();
    }
    // Inner interceptors and pipes may answer, or refuse, in the handler's place.
    if (this.#chain?.isOver === true && this.run.facts.kind === 'idle') this.gate.handlerEnded();
    if (this.#chain?.isUnheard === true) this.#leaveInTime();
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
    const fate = fateUnder(rulingOn(progress, rendered, terms), this.#conditions, facts, this.#isForeign ? undefined : captured);
    if (fate === 'wait') {
      if (captured !== undefined && mayLeave(statusOf(captured), terms)) this.gate.send();
      else if (captured?.kind === 'too-large') this.gate.outlast();
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
    const isKnown = this.#conditions.byItself || !isRunning;
    if (captured !== undefined && captured.kind !== 'nothing' && !this.#isForeign && isKnown) {
      const kind = this.gate.isCut ? 'broken' : captured.kind;
      if (facts.kind !== 'returned') return { kind };
      const status = statusOf(captured);
      const isError =
        (this.#chain?.hasFailed === true && !this.#isByHandler) ||
        (!this.#conditions.byItself && status >= 400 && status !== this.#chain?.status);
      return { kind: isError ? 'error' : kind };
    }
    if (isRunning) return captured === undefined ? undefined : NOTHING;
    if (!this.#isForeign && this.#chain?.isUnheard !== true) return undefined;
    return this.#unrendered() === undefined ? NOTHING : STORABLE;
  }

  #standingStatus(): number {
    const { response, status } = this.#conditions.exchange;
    return response.statusCode === this.#foreignStatus ? status : response.statusCode;
  }

  #unrendered(): UnrenderedRecord | undefined {
    const { fingerprint, limits, byItself } = this.#conditions;
    const wrote = this.#mayBeByHandler && this.#captured ? statusOf(this.#captured) : undefined;
    const around = {
      fingerprint,
      headers: this.#hasForeignHeaders ? [] : this.gate.headersOfHandler(),
      maxBytes: limits.maxBodyBytes,
    };
    return unrenderedOf(this.run.facts, around, { byItself, wrote });
  }

  #recordOf(fate: Exclude<Fate, 'wait'>, fingerprint: string): Ending {
    if (fate === 'release') return undefined;
    if (fate === 'keep-unrendered') return this.#unrendered();
    if (fate === 'keep-answer' && this.#captured?.kind === 'answer')
      return { kind: 'answer', fingerprint, answer: this.#captured.answer };
    return { kind: 'tombstone', fingerprint, loss: 'unkept' };
  }
}
