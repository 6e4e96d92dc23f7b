/** Schedules of the real interceptor in a real Nest application: clients leave, and those around the handlers get in between. */
import { HttpException, StreamableFile } from '@nestjs/common';
import type { Fault } from '@nestjs-idempotency/core';
import type { RequestOutcome } from 'nestjs-idempotency';
import { Observable } from 'rxjs';
import { pathOf } from './application.js';
import { heardIn } from './heard-in.js';
import type { PlannedDelivery } from './plan.js';
import { type Heard, Play, type Played, type Player, type Process } from './play.js';
import { piecesOf } from './pieces.js';
import { Site } from './site.js';
import { Instance } from './surroundings.js';
import { onVirtualTime } from './virtual-time.js';
import type { Answering, Visit } from './visit.js';
import { SHOWN } from './execution-in.js';

/** What plays schedules on applications that are made once: two processes on each platform. */
export async function interceptorPlayer(): Promise<Player> {
  const sites = {
    express: [await Site.open('express'), await Site.open('express')],
    fastify: [await Site.open('fastify'), await Site.open('fastify')],
  } as const;
  return (scheduler, plan) => new InterceptorPlay(scheduler, plan, sites[plan.platform]).toTheEnd();
}

/** One of its own for each who waits: one for all would hold all who ever waited. */
const never = (): Promise<never> => new Promise(() => undefined);

class InterceptorPlay extends Play {
  readonly #passing: Passing[] = [];

  constructor(
    scheduler: Parameters<Player>[0],
    plan: Parameters<Player>[1],
    private readonly sites: readonly [Site, Site],
  ) {
    super(scheduler, plan);
    sites[0].seat(this.processes[0]);
    sites[1].seat(this.processes[1]);
  }

  /** Plays with what else in this process has timers on the play's clock. */
  override async toTheEnd(): Promise<Played> {
    using _ = onVirtualTime(this.clock);
    return await super.toTheEnd();
  }

  protected override get unended(): number {
    return this.#passing.reduce((sum, { isDead, openTurns }) => sum + (isDead() ? 0 : openTurns), 0);
  }

  protected async deliver(delivery: PlannedDelivery, name: string, { isDead }: Process): Promise<Heard | undefined> {
    const { waitMs, fingerprint, process, passage } = delivery;
    const passing = new Passing(delivery, name, isDead, {
      yields: (label) => this.yields(label),
      handle: (number) => this.handle(delivery, name, isDead, number),
      begins: () => this.runs.begin(isDead),
      happens: (what) => this.happened.add(what),
      fault: (fault) => this.faults.push(fault),
    });
    this.#passing.push(passing);
    const headers = { 'x-fingerprint': fingerprint, ...(waitMs > 0 && { prefer: 'wait=1' }) };
    const asked = this.sites[process].ask(name, pathOf(this.plan), headers, passing);
    if (passage.leavesAfter !== undefined)
      void this.#patience(passage.leavesAfter, name).then(() => {
        passing.leaves();
        asked.leave();
      });
    const came = await asked.came;
    // Each request comes to an end that is told, whether or not somebody still listens.
    await passing.ended();
    return came && heardIn(came, passing.outcomes, this.plan.isTransactional);
  }

  async #patience(turns: number, name: string): Promise<void> {
    for (let i = 0; i < turns; i++) await this.yields(`the client of ${name} waits`);
    await this.yields(`the client of ${name} leaves`);
  }
}

interface Doing {
  yields(label: string): Promise<void>;
  handle(run: number): Promise<string>;
  /** A handler begins; gives what ends it. */
  begins(): () => void;
  happens(what: string): void;
  fault(fault: Fault): void;
}

/** How one request passes the application. */
class Passing implements Visit {
  readonly passage: PlannedDelivery['passage'];
  readonly outcomes: RequestOutcome[] = [];
  readonly intrusion: Promise<void>;
  #turns = 0;
  #runs = 0;
  #phase = 'before the gate';
  #onTold: (() => void) | undefined;
  #hasWaited = { outside: false, inside: false };

  constructor(
    private readonly delivery: PlannedDelivery,
    private readonly name: string,
    readonly isDead: () => boolean,
    private readonly doing: Doing,
  ) {
    this.passage = delivery.passage;
    this.intrusion = this.passage.intrudes ? doing.yields(`somebody answers ${name} from a middleware`) : never();
  }

  get openTurns(): number {
    return this.#turns - this.outcomes.length;
  }

  asks(): void {
    this.#turns++;
  }

  tell(outcome: RequestOutcome): void {
    this.#phase = 'after';
    this.outcomes.push(outcome);
    this.#onTold?.();
  }

  fault(fault: Fault): void {
    this.doing.fault(fault);
  }

  /** Settles when all turns of it have ended, of which there is one at least. */
  async ended(): Promise<void> {
    while (this.#turns === 0 || this.openTurns > 0) await new Promise<void>((again) => (this.#onTold = again));
  }

  leaves(): void {
    this.doing.happens(`left ${this.#phase}`);
  }

  async limit(where: 'outside' | 'inside'): Promise<void> {
    // Who tries again has patience.
    if (this.#hasWaited[where]) return never();
    this.#hasWaited[where] = true;
    await this.doing.yields(`somebody ${where} gives ${this.name} up`);
    this.doing.happens(`timeout ${where} ${this.#phase}`);
  }

  async rendering(): Promise<void> {
    await this.doing.yields(`${this.name} is rendered`);
  }

  async retrying(): Promise<void> {
    this.doing.happens('outer retry');
    await this.doing.yields(`${this.name} is tried once more`);
  }

  give(): unknown {
    const end = this.#begins();
    const given = this.#handle();
    const { gives } = this.passage;
    this.doing.happens(`gives ${gives}`);
    if (gives === 'observable' || gives === 'several') return this.#emitted(given, end, gives === 'several');
    const ended = given.finally(end);
    if (gives === 'promise') return ended;
    if (gives === 'instance') return ended.then((value) => new Instance(value));
    const label = `a piece of ${this.name} is sent`;
    return ended.then((value) => new StreamableFile(piecesOf([SHOWN, value], () => this.doing.yields(label), this.isDead)));
  }

  async answer(answering: Answering): Promise<void> {
    const end = this.#begins();
    const { answers } = this.passage;
    try {
      const value = await this.#handle();
      this.doing.happens(`answers ${answers}`);
      if (answers === 'callback') {
        void this.doing.yields(`${this.name} answers from a callback`).then(() => {
          if (!this.isDead()) answering(`${SHOWN}${value}`, false);
        });
        return;
      }
      const hasAnswered = answering(`${SHOWN}${value}`, answers === 'insists');
      await this.doing.yields(`${this.name} ends`);
      if (this.isDead()) await never();
      if (answers === 'then throws' && hasAnswered) throw new Error('It failed after it had answered.');
    } finally {
      end();
    }
  }

  #begins(): () => void {
    const end = this.doing.begins();
    this.#phase = 'while it runs';
    return () => {
      this.#phase = 'while it is rendered';
      end();
    };
  }

  async #handle(): Promise<string> {
    if (++this.#runs > 1) this.doing.happens('ran again');
    const value = await this.doing.handle(this.#runs);
    if (this.delivery.ends === 'declines') throw new HttpException({ raw: value }, 402);
    return value;
  }

  /** Emits, and ends a yield point later. Nobody stops it. */
  #emitted(given: Promise<string>, end: () => void, isSeveral: boolean): Observable<string> {
    return new Observable((subscriber) => {
      if (isSeveral) subscriber.next('the first of several');
      given.then(
        async (value) => {
          subscriber.next(value);
          await this.doing.yields(`${this.name} ends`);
          if (this.isDead()) return;
          end();
          subscriber.complete();
        },
        (error: unknown) => {
          end();
          subscriber.error(error);
        },
      );
    });
  }
}
