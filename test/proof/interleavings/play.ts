/** Plays one schedule on the real engine over the reference stores: every call of a store is a yield point before and after. */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import {
  Engine,
  envelope,
  MemoryLock,
  MemoryStorage,
  pair,
  type Clock,
  type Fault,
  type Terms,
  type Turn,
} from '@nestjs-idempotency/core';
import { faulty } from '@nestjs-idempotency/testing';
import type { Scheduler } from 'fast-check';
import { LEASE_MS, type Plan, type PlannedDelivery } from './plan.js';
import { VirtualClock } from './virtual-clock.js';

/** What one client heard. */
export type Heard =
  | { readonly kind: 'answer'; readonly value: string; readonly how: 'kept' | 'superseded' | 'deferred' | 'replay' }
  | { readonly kind: 'refusal'; readonly reason: string };

/** What a schedule came to. */
export interface Played {
  readonly plan: Plan;
  readonly heard: readonly { readonly delivery: PlannedDelivery; readonly heard: Heard }[];
  /** Names of the executions that made their effect. */
  readonly effects: readonly string[];
  readonly faults: readonly Fault[];
  /** Every content that the slot was seen with, in order. */
  readonly records: readonly string[];
  readonly troubled: number;
  /** Somebody still held the slot when everything had ended without trouble and its record was there. */
  readonly isLeftHeld: boolean;
}

const SLOT = 'slot';
const KEEP_MS = 3_600_000;
const MOST_STEPS = 20_000;

/** Plays `plan` in the order that `scheduler` chooses, until everything has ended; then one more client comes with the store in health. */
export async function play(scheduler: Scheduler, plan: Plan): Promise<Played> {
  return new Play(scheduler, plan).toTheEnd();
}

class Play {
  readonly #clock = new VirtualClock();
  // The stores look at the clock, but do not sweep: their timers would make every wait seem to have an end.
  readonly #still: Clock = { now: () => this.#clock.now(), after: () => () => undefined };
  readonly #storage = new MemoryStorage({ clock: this.#still });
  readonly #lock = new MemoryLock({ clock: this.#still });
  readonly #faults: Fault[] = [];
  readonly #effects: string[] = [];
  readonly #records: string[] = [];
  readonly #heard: { delivery: PlannedDelivery; heard: Heard }[] = [];
  readonly #engines: readonly [Engine, Engine];
  #calls = 0;
  #troubled = 0;
  #isKilled = false;
  #tellKilled!: () => void;
  readonly #killed = new Promise<void>((resolve) => (this.#tellKilled = resolve));
  #isHealed = false;
  #steps = 0;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly plan: Plan,
  ) {
    this.#engines = [this.#process(0), this.#process(1)];
  }

  async toTheEnd(): Promise<Played> {
    const { plan, scheduler } = this;
    for (const ms of plan.ticks)
      void scheduler.schedule(Promise.resolve(), `${String(ms)} ms pass`).then(() => this.#clock.advance(ms));
    let open = 0;
    for (const [i, delivery] of plan.deliveries.entries()) {
      open++;
      void scheduler
        .schedule(Promise.resolve(), `${String(i)} comes to process ${String(delivery.process)}`)
        .then(() => this.#deliver(delivery, String(i)))
        .finally(() => open--);
    }
    const isOpen = () => open > 0 || this.#engines[1].running > 0 || (!this.#isKilled && this.#engines[0].running > 0);
    await this.#drive(isOpen);
    this.#isHealed = true;
    await this.#drive(() => this.scheduler.count() > 0);
    const isLeftHeld = await this.#isLeftHeld();
    this.#clock.advance(LEASE_MS);
    await this.#late();
    return {
      plan,
      heard: this.#heard,
      effects: this.#effects,
      faults: this.#faults,
      records: this.#records,
      troubled: this.#troubled,
      isLeftHeld,
    };
  }

  #kill(): void {
    this.#isKilled = true;
    this.#tellKilled();
  }

  async #isLeftHeld(): Promise<boolean> {
    if (this.#troubled > 0 || this.#isKilled || this.#records.length === 0) return false;
    const probe = { slot: SLOT, fingerprint: 'a', token: 'probe' };
    const { kind } = await this.#lock.acquire(probe, LEASE_MS, LEASE_MS);
    await this.#lock.release(probe);
    return kind === 'held';
  }

  /** Whatever happened before, a lease later the slot serves. */
  async #late(): Promise<void> {
    const late: PlannedDelivery = { fingerprint: 'a', process: 1, fails: false, handlerMs: 0, waitMs: 0 };
    let isOpen = true;
    void this.#deliver(late, 'late').finally(() => (isOpen = false));
    await this.#drive(() => isOpen || this.#engines[1].running > 0);
  }

  async #drive(isOpen: () => boolean): Promise<void> {
    for (;;) {
      await turnOfTheLoop();
      await this.#look();
      if (this.#steps === this.plan.killAfter) this.#kill();
      if (!isOpen()) return;
      if (++this.#steps > MOST_STEPS) throw new Error(`It does not end: still going after ${String(MOST_STEPS)} steps.`);
      if (this.scheduler.count() > 0) await this.scheduler.waitOne();
      else if (this.#clock.nextMs !== undefined) this.#clock.advance(this.#clock.nextMs);
      else throw new Error('It is stuck: somebody waits, but nothing is under way and no timer runs.');
    }
  }

  async #look(): Promise<void> {
    const bytes = await this.#storage.find(SLOT);
    const content = bytes === undefined ? '' : Buffer.from(bytes).toString('base64');
    if (content !== (this.#records.at(-1) ?? '')) this.#records.push(content);
  }

  /** A process of its own: an engine whose calls travel to the shared store, until it is killed. */
  #process(number: 0 | 1): Engine {
    const isDead = () => number === 0 && this.#isKilled;
    const travelling = <Port extends object>(store: Port): Port => {
      const { port, troubles } = faulty(store);
      troubles.always(() => {
        const trouble = this.#isHealed ? undefined : this.plan.troubles[this.#calls++];
        if (trouble) this.#troubled++;
        return trouble;
      });
      return new Proxy(port, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function' || name === 'watch') return value;
          return (...args: unknown[]) =>
            this.#travel(`${String(number)}: ${String(name)}`, isDead, () => value(...args) as Promise<unknown>);
        },
      });
    };
    return new Engine(pair(travelling(this.#storage), travelling(this.#lock)), {
      clock: this.#clock,
      onFault: (fault) => {
        if (!isDead()) this.#faults.push(fault);
      },
    });
  }

  async #travel<T>(label: string, isDead: () => boolean, call: () => Promise<T>): Promise<T> {
    const never = new Promise<never>(() => undefined);
    await this.scheduler.schedule(Promise.resolve(), `${label} arrives`);
    if (isDead()) return never;
    const outcome = await call().then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    await this.scheduler.schedule(Promise.resolve(), `${label} returns`);
    return isDead() ? never : outcome();
  }

  async #deliver(delivery: PlannedDelivery, name: string): Promise<void> {
    const isDead = () => delivery.process === 0 && this.#isKilled;
    if (isDead()) return;
    const terms: Terms = {
      manual: false,
      afterLapse: this.plan.afterLapse,
      leaseMs: LEASE_MS,
      keepMs: KEEP_MS,
      waitMs: delivery.waitMs,
      holdAtMostMs: 10 * LEASE_MS,
      transactional: false,
    };
    const told = this.#engines[delivery.process].run({ slot: SLOT, fingerprint: delivery.fingerprint }, terms, (turn) =>
      this.#serve(turn, delivery, name, isDead),
    );
    const refused = (error: unknown): Heard => ({
      kind: 'refusal',
      reason: error instanceof Error ? error.name : 'not an error',
    });
    const heard = await Promise.race([told.catch(refused), ...(delivery.process === 0 ? [this.#killed] : [])]);
    if (heard && !isDead()) this.#heard.push({ delivery, heard });
  }

  async #serve(turn: Turn, delivery: PlannedDelivery, name: string, isDead: () => boolean): Promise<Heard> {
    if (turn.kind === 'reject') return { kind: 'refusal', reason: turn.reason };
    if (turn.kind === 'replay') return { kind: 'answer', value: textOf(turn.answer.body), how: 'replay' };
    const { attempt } = turn;
    if (delivery.handlerMs > 0) await new Promise<void>((resolve) => this.#clock.after(delivery.handlerMs, resolve));
    await this.#travel(`handler of ${name}`, isDead, () => Promise.resolve());
    if (delivery.fails) {
      await attempt.giveUp();
      return { kind: 'refusal', reason: 'handler failed' };
    }
    this.#effects.push(name);
    await this.#travel(`answer of ${name}`, isDead, () => Promise.resolve());
    const answer = { status: 201, headers: [], body: Buffer.from(name) };
    const kept = await attempt.keep({ kind: 'answer', fingerprint: delivery.fingerprint, answer });
    if (kept.kind !== 'superseded') return { kind: 'answer', value: name, how: kept.kind };
    const { record } = kept;
    if (record.kind !== 'answer') return { kind: 'refusal', reason: record.kind };
    if (record.fingerprint !== delivery.fingerprint) return { kind: 'refusal', reason: 'mismatch' };
    return { kind: 'answer', value: textOf(record.answer.body), how: 'superseded' };
  }
}

const textOf = (body: Uint8Array): string => Buffer.from(body).toString();

/** The execution whose answer a slot's content is, and what it was asked; nothing for a tombstone. */
export async function executionIn(content: string): Promise<{ value: string; fingerprint: string } | undefined> {
  const record = await envelope.decode(Buffer.from(content, 'base64'), SLOT);
  if (record.kind === 'unreadable') throw new Error('The slot holds bytes that nobody wrote.');
  return record.kind === 'answer' ? { value: textOf(record.answer.body), fingerprint: record.fingerprint } : undefined;
}
