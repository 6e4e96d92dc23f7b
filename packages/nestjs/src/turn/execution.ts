/**
 * One turn of a handler: what is known of the handler and of the wire comes together here, and is put before the ruling. Long because
 * whose answer it was is told by the handler, the wire and the chain together, as far as each has come at that moment.
 */
import type { UnrenderedRecord } from '@nestjs-idempotency/core';
import type { Observable, Subscriber } from 'rxjs';
import { type Captured, statusOf } from '../wire/answer.js';
import { Gate } from '../wire/gate.js';
import { hear } from '../wire/speaking.js';
import type { GateHolder } from '../wire/valve.js';
import { Chain, type ChainWatch } from './chain.js';
import type { Conditions, Ending } from './conditions.js';
import { fateUnder } from './fate.js';
import { HandlerRun, type HandlerWatch } from './handler-run.js';
import { isWithin, within } from './handler-scope.js';
import { type Fate, mayLeave, type Rendered, rulingOn } from './ruling.js';
import { StandingStatus } from './standing-status.js';
import { unrenderedOf } from './unrendered-of.js';
import {
  isAnsweredAround,
  isErrorBefore,
  isMadeError,
  isOfHandler,
  isSuccess,
  NOTHING_INSIDE,
  progressOf,
  type Question,
} from './whose-answer.js';

const NOTHING: Rendered = { kind: 'nothing', storable: false };
const STORABLE: Rendered = { kind: 'nothing', storable: true };

export class Execution implements HandlerWatch, ChainWatch, GateHolder {
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
  readonly #status: StandingStatus;
  /** What the handler said by itself, before anybody behind it made something of it. */
  #spoken: number | undefined;
  /** Somebody else had answered already when the turn began: while the slot was looked up, or in a middleware. */
  readonly #wasAnswered: boolean;
  constructor(conditions: Conditions) {
    this.#conditions = conditions;
    const { exchange, limits, terms, byItself, isAlone, patienceMs, instead } = conditions;
    this.#status = new StandingStatus(exchange);
    this.gate = Gate.on(exchange.response, limits, exchange.context.getHandler(), patienceMs);
    this.#wasAnswered = this.#isAnswered;
    this.run = new HandlerRun(this, {
      instead,
      inScope: byItself ? (work) => within(this, work) : undefined,
      once: terms.transactional,
      isAlone,
    });
    this.gate.holder = this;
    if (byItself) hear(exchange.response);
  }

  get signal(): AbortSignal {
    return this.#conditions.signal();
  }

  headBegins(): void {
    if (this.#conditions.byItself) this.#isByHandler = isWithin(this);
  }

  spoken(status: number): void {
    if (this.#conditions.byItself && isWithin(this)) this.#spoken ??= status;
  }

  clientLeft(): void {
    this.#leaveInTime();
  }

  get isHeard(): boolean {
    return this.#chain !== undefined && !this.#chain.isOver && !this.#isDeserted();
  }

  get hasGiven(): boolean {
    return this.run.hasGiven;
  }

  /** What stands behind the interceptor ended in an error. */
  get hasFailed(): boolean {
    return this.#chain?.hasFailed === true;
  }

  get isRunning(): boolean {
    return this.run.facts.kind === 'running';
  }

  status(): number {
    return this.#status.now(this.#isAnswered);
  }

  began(): void {
    this.#status.began(this.#isAnswered);
    this.gate.handlerBegan();
  }

  ended(): void {
    const { facts } = this.run;
    this.#hasForeignHeaders = this.gate.begun && !this.#isGivenUp && !this.#conditions.byItself;
    this.#isForeign ||= isErrorBefore(facts, this.#captured && statusOf(this.#captured), this.#conditions.byItself);
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
      const asked = this.#questionOf(captured);
      const inside = this.#chain ?? NOTHING_INSIDE;
      this.#mayBeByHandler = captured.kind !== 'nothing' && isAnsweredAround(asked, inside);
      this.#isForeign = captured.kind === 'nothing' || !isOfHandler(asked, inside);
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
    return captured.kind !== 'nothing' && isSuccess(statusOf(captured));
  }

  /** Nobody waits for what the handler gives: an Observable of it without end ends with its turn. */
  #leaveInTime(): void {
    if (this.#isSettled) return;
    const { signal } = this;
    if (signal.aborted) this.#leave();
    else if (!this.#isLeaving) signal.addEventListener('abort', () => void this.#leave(), { once: true });
    this.#isLeaving = true;
  }

  /** A retry outside may listen again by now, and would never hear of an end. */
  #leave(): void {
    if (this.gate.isClientGone || this.#isDeserted()) this.#chain?.leave();
  }

  /** Nobody outside listens any more. */
  #isDeserted(): boolean {
    return this.#chain !== undefined && (this.#chain.isUnheard || this.#chain.isLeft);
  }

  chainChanged(): void {
    if (this.run.facts.kind === 'running' && !this.#isGivenUp && !this.gate.begun) {
      this.#isGivenUp = true;
      this.gate.handlerAnswers();
    }
    // Inner interceptors and pipes may answer, or refuse, in the handler's place.
    if (this.#chain?.isOver === true && this.run.facts.kind === 'idle') this.gate.handlerEnded();
    if (this.#isDeserted()) this.#leaveInTime();
    this.#look();
  }

  /** Called whenever something has changed: lets leave what may, and settles when the table says more than to wait. */
  #look(): void {
    if (this.#isSettled) return;
    const { terms, fingerprint } = this.#conditions;
    const { facts } = this.run;
    const captured = this.#captured;
    const answeredBefore = this.#wasAnswered || (this.#isForeign && captured?.kind !== 'nothing');
    const hasLostSuccess = isSuccess(this.#spoken) && !isSuccess(captured && statusOf(captured));
    const progress = progressOf(facts, this.run.isCalled, this.#chain ?? NOTHING_INSIDE, { answeredBefore, hasLostSuccess });
    const rendered = this.#rendered(progress === 'running');
    if (rendered === undefined) return;
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
      return { kind: isMadeError(this.#questionOf(captured), this.#chain ?? NOTHING_INSIDE, this.#spoken) ? 'error' : kind };
    }
    if (isRunning) return captured === undefined ? undefined : NOTHING;
    if (!this.#isForeign && this.#chain?.isUnheard !== true) return undefined;
    return this.#unrendered() === undefined ? NOTHING : STORABLE;
  }

  #questionOf(captured: Captured): Question {
    const { byItself } = this.#conditions;
    return { status: statusOf(captured), facts: this.run.facts, byItself, isByHandler: this.#isByHandler };
  }

  /** Somebody answers or has answered; to a client that had left, without a head. */
  get #isAnswered(): boolean {
    return this.gate.begun || this.gate.ended;
  }

  #unrendered(): UnrenderedRecord | undefined {
    const { fingerprint, limits, byItself } = this.#conditions;
    const wrote = this.#mayBeByHandler && this.#captured ? statusOf(this.#captured) : undefined;
    const decided = this.#hasForeignHeaders ? { headers: [] } : this.gate.headersOfHandler();
    const around = { fingerprint, ...decided, maxBytes: limits.maxBodyBytes };
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
