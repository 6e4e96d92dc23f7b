/**
 * One protected request, from its turn until its answer is let go. Long because every turn and every end of one has its way of letting
 * go here, and they change one state: who subscribes, what is refused, how it ended.
 */
import type { Answer, Attempt, Kept, KeptRecord, ReadRecord, Turn, UnrenderedRecord } from '@nestjs-idempotency/core';
import type { Subscriber } from 'rxjs';
import type { RequestOutcome } from '../events.js';
import { answerOf, problemOf, type Reason, REASONS } from '../problems.js';
import { leaveMark, type Mark, type RequestState } from '../request/state.js';
import { givenAgain } from '../unsent/unrendered.js';
import { exposing } from '../wire/exposed.js';
import { rawOf } from '../wire/platform.js';
import { replay } from '../wire/replay.js';
import type { Execution } from './execution.js';
import { GivenBack } from './given-back.js';
import type { HandlerRun } from './handler-run.js';
import { givingAgain, prepare, recoveryOf, type Served, stateOf } from './prepare.js';
import { refusal } from './refusal.js';
import { shownOf } from './replayed-value.js';
import type { Terms } from './ruling.js';
import { StoppedError } from './whole-observable.js';

/** What is done when the turn is over, and its transaction, if it has one, is committed or rolled back. */
type Finish = () => void | Promise<void>;

/** To render again changes nothing but the form of the record: what cannot be kept leaves it as it is. */
const RENDERING: Terms = { transactional: false, manual: true };

const TOO_LONG_TO_HOLD =
  'The handler waited within its transaction until its answer had left, which is longer than `maxBodyBytes`; all that it did was rolled back. Raise `maxBodyBytes`, or return the stream.';

export class Serving implements Mark {
  readonly isHeld = true;
  readonly route: object;
  readonly held: NonNullable<Mark['held']>;
  state: RequestState;
  /** How it ended, for the request's event. */
  outcome: RequestOutcome = 'executed';
  attempt: number | undefined;
  readonly #served: Served;
  readonly #subscribers: Subscriber<unknown>[];
  #execution: Execution | undefined;
  #tell: ((subscriber: Subscriber<unknown>) => void) | undefined;
  #isRefused = false;

  constructor(served: Served, subscribers: readonly Subscriber<unknown>[]) {
    this.#served = served;
    this.#subscribers = [...subscribers];
    this.route = served.route.policy;
    this.held = served.held;
    this.state = served.route.unprotected.state;
  }

  /** The handler's run, once there is one. */
  get run(): HandlerRun | undefined {
    return this.#execution?.run;
  }

  /**
   * Joins whoever subscribes once more, as a retry outside does: while the turn goes on, within it; after its handler, to what the handler
   * gave. False where the turn was refused before: then it is time for another one.
   */
  join(subscriber: Subscriber<unknown>): boolean {
    const tell = this.#tell;
    if (this.#execution) this.#execution.again(subscriber);
    else if (this.#isRefused) return false;
    else if (tell === undefined) this.#subscribers.push(subscriber);
    // Later, as a retry outside that has no end would otherwise never let go of the process.
    else setImmediate(() => tell(subscriber));
    return true;
  }

  /** Those who have subscribed, and who will, are told by `tell`: no handler runs within this turn. */
  tellAll(tell: (subscriber: Subscriber<unknown>) => void): void {
    this.#tell = tell;
    for (const subscriber of this.#subscribers.splice(0)) tell(subscriber);
  }

  take(turn: Turn): Promise<Finish> {
    if (turn.kind === 'execute') {
      const { kept } = turn.attempt;
      // Before a manual handler is asked again, it has an answer that it can be shown.
      return kept?.kind === 'value' || kept?.kind === 'failure' ? this.#render(turn.attempt, kept) : this.#run(turn.attempt);
    }
    if (turn.kind === 'render') return this.#render(turn.attempt, turn.record);
    if (turn.kind === 'replay') return Promise.resolve(() => this.#replay(turn.answer));
    const { reason, retryAfterMs: leftMs } = turn;
    const { pace, policy } = this.#served.route;
    return Promise.resolve(() => {
      this.refuse(REASONS[reason], leftMs === undefined ? {} : { retryAfterMs: pace.comeBackAfterMs(leftMs, policy.terms) });
    });
  }

  /** Answers with a problem: through Nest's filters before the handler, in the place of its answer after it. */
  refuse(reason: Reason, more: { detail?: string; retryAfterMs?: number } = {}): void {
    this.outcome = reason;
    this.#isRefused = true;
    const problem = problemOf(reason, this.#served.route.policy.style, more);
    if (this.#execution) {
      this.#execution.run.close();
      this.#execution.gate.replace(answerOf(problem));
      return;
    }
    for (const subscriber of this.#subscribers) subscriber.error(refusal(this.#served.exchange, reason, problem));
  }

  #replay(answer: Answer): void | Promise<void> {
    const { route, exchange } = this.#served;
    const { conflictStatus, limits } = route.policy;
    this.outcome = 'replayed';
    const status = conflictStatus ?? answer.status;
    const left = replay(exchange.context, answer, status, this.#marks(), limits.keeps, limits.maxBodyBytes);
    if (left === undefined) return void this.#show(answer);
    return left.then(() => {
      this.#show(answer);
    });
  }

  /** Interceptors outside find what they would have found; what they make of it is dropped. */
  #show(answer: Answer): void {
    const shown = shownOf(answer, this.#served.route.isAlone);
    this.tellAll((subscriber) => {
      if (shown.kind === 'error') subscriber.error(shown.error);
      else {
        subscriber.next(shown.value);
        subscriber.complete();
      }
    });
  }

  async #run(attempt: Attempt): Promise<Finish> {
    const served = this.#served;
    const { keep, terms, recover } = served.route.policy;
    const recovery = attempt.number > 1 && recover ? recoveryOf(served, recover, attempt.number) : undefined;
    const execution = this.#begin(attempt, prepare(served, attempt, terms, keep, recovery?.instead));
    const given = new GivenBack(attempt.kept);
    const record = await execution.start(given.watch(served.handle()), this.#subscribers);
    const { facts } = execution.run;
    if (facts.kind === 'idle' && execution.run.isCalled && !execution.hasFailed) served.onPassed();

    // To release would forget the lapse, and the next retry would run beside what may go on.
    if (recovery?.hasFailed || (record === undefined && facts.kind === 'threw' && facts.error instanceof StoppedError)) {
      attempt.abandon();
      return this.#release('released');
    }
    if (facts.kind === 'threw' && terms.transactional && served.route.seat.backend.isConflict?.(facts.error) === true) {
      await attempt.giveUp();
      return () => {
        this.refuse('conflict');
      };
    }
    if (given.answer !== undefined && attempt.kept !== undefined) {
      await attempt.keep(attempt.kept);
      return this.#give(given.answer);
    }
    if (terms.transactional && facts.kind === 'returned' && served.route.seat.backend.joined?.() === false) served.onUnused();
    if (record === undefined) {
      await attempt.giveUp();
      // Interceptors may have written where the handler did not begin.
      const isUsed = facts.kind !== 'idle' || execution.run.isCalled || served.route.seat.backend.joined?.() !== false;
      return terms.transactional && isUsed ? () => this.#undone(execution) : this.#release('released');
    }
    return this.#kept(await attempt.keep(record), record);
  }

  /** Gives what an earlier run gave in the handler's place, through all that stands outside of it, and keeps what is made of it. */
  async #render(attempt: Attempt, record: UnrenderedRecord): Promise<Finish> {
    const again = givenAgain(record);
    if (again === undefined) {
      await attempt.giveUp();
      return () => {
        this.refuse('record-unreadable');
      };
    }
    const served = this.#served;
    const execution = this.#begin(
      attempt,
      prepare(served, attempt, RENDERING, () => true, givingAgain(served, again)),
    );
    const rendered = await execution.start(served.handle(), this.#subscribers);
    if (rendered?.kind !== 'answer') {
      await attempt.giveUp();
      return this.#release('replayed');
    }
    const kept = await attempt.keep(rendered);
    const { conflictStatus } = served.route.policy;
    const { answer } = rendered;
    return kept.kind === 'superseded'
      ? this.#kept(kept, rendered)
      : this.#give({ ...answer, status: conflictStatus ?? answer.status });
  }

  #begin(attempt: Attempt, execution: Execution): Execution {
    this.attempt = attempt.number;
    this.state = stateOf(this.#served, attempt);
    leaveMark(rawOf(this.#served.exchange.response), this);
    return (this.#execution = execution);
  }

  /** What marks an answer as a replay, and lets a page of another origin see that it is one. */
  #marks(): Answer['headers'] {
    const { replayHeaders } = this.#served.route.policy;
    const names = replayHeaders.map(([name]) => name);
    return [...replayHeaders, ...exposing(this.#served.exchange.response, names)];
  }

  #give(answer: Answer, outcome: RequestOutcome = 'replayed'): Finish {
    return () => {
      this.outcome = outcome;
      this.#execution?.gate.replace(answer, this.#marks());
    };
  }

  #release(outcome: RequestOutcome): Finish {
    return () => {
      this.outcome = outcome;
      this.#execution?.gate.send();
    };
  }

  /** All that the handler did is undone: what says so leaves, a success does not. */
  async #undone(execution: Execution): Promise<void> {
    this.outcome = 'released';
    if (await execution.isSuccess()) this.refuse('rolled-back', execution.gate.isCut ? { detail: TOO_LONG_TO_HOLD } : {});
    else execution.gate.send();
  }

  #kept(kept: Kept, record: KeptRecord): Finish {
    if (kept.kind === 'superseded') return this.#first(kept.record);
    if (kept.kind === 'deferred' || kept.kind === 'unkept') return this.#release(kept.kind);
    if (record.kind === 'answer') return this.#release('executed');
    return this.#release(record.kind === 'tombstone' ? 'unkept' : 'unrendered');
  }

  /** Another attempt's record was first: all clients hear the same, unless it was asked for something else. */
  #first(record: ReadRecord): Finish {
    const { fingerprint } = this.#served.identity;
    const isOurs = record.kind === 'unreadable' || record.fingerprint === fingerprint;
    if (isOurs && record.kind === 'answer') return this.#give(record.answer, 'superseded');
    return () => {
      if (!isOurs) this.refuse(REASONS.mismatch);
      else if (record.kind === 'tombstone') this.refuse(REASONS[record.loss]);
      // What was first is yet to be rendered, by the next request with the key.
      else this.refuse(record.kind === 'unreadable' ? 'record-unreadable' : 'in-progress');
    };
  }
}
