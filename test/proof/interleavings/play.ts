/** Plays one schedule over the reference stores: every call of a store is a yield point before and after. Who calls them, a subclass says. */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import {
  Engine,
  MemoryLock,
  MemoryStorage,
  pair,
  type Clock,
  type Fault,
  type IdempotencyBackend,
} from '@nestjs-idempotency/core';
import { faulty } from '@nestjs-idempotency/testing';
import type { Scheduler } from 'fast-check';
import { LEASE_MS, PLAIN_PASSAGE, type Plan, type PlannedDelivery } from './plan.js';
import { Runs } from './runs.js';
import { Transactions } from './transactions.js';
import { VirtualClock } from './virtual-clock.js';

/** How an answer came. `late`: rendered for a retry outside, when what its handler gave was kept as a value already, or as a tombstone. */
export type How = 'kept' | 'superseded' | 'deferred' | 'replay' | 'late';

/** What one client heard. */
export type Heard =
  | {
      readonly kind: 'answer';
      readonly value: string;
      /** All that came: status, type and body. */
      readonly shown: string;
      readonly how: How;
    }
  | { readonly kind: 'refusal'; readonly reason: string };

/** What a schedule came to. */
export interface Played {
  readonly plan: Plan;
  /** Of each client that heard something. */
  readonly heard: readonly { readonly delivery: PlannedDelivery; readonly heard: Heard }[];
  /** Names of the executions that made their effect, those of transactions if they were committed. */
  readonly effects: readonly string[];
  /** Of these, such as no open transaction had, although they were to be of one. */
  readonly strays: readonly string[];
  /** How often a handler began while another one ran whose lease had not lapsed. */
  readonly overlaps: number;
  /** Turns that never came to an end, although their process lived. */
  readonly unended: number;
  /** How transactions ended. */
  readonly transactions: Readonly<Record<'committed' | 'rolled back', number>>;
  /** What else happened to somebody, by name. */
  readonly happened: ReadonlySet<string>;
  readonly faults: readonly Fault[];
  /** Every content that the slot was seen with, in order. */
  readonly records: readonly string[];
  readonly troubled: number;
  /** Somebody still held the slot when everything had ended without trouble and its record was there. */
  readonly isLeftHeld: boolean;
}

/** Plays `plan` in the order that `scheduler` chooses, until everything has ended; then one more client comes with the store in health. */
export type Player = (scheduler: Scheduler, plan: Plan) => Promise<Played>;

/** One of the two processes. */
export interface Process {
  readonly engine: Engine;
  readonly backend: IdempotencyBackend;
  isDead(): boolean;
}

/** The slot that everybody asks for. */
export const SLOT = 'slot';
export const KEEP_MS = 3_600_000;
export const HOLD_AT_MOST_MS = 10 * LEASE_MS;
const MOST_STEPS = 20_000;
/** Turns of the loop that what is under way in this process may take. */
const MOST_TURNS = 50;
/** What answers at once, and so yields to nobody. */
const AT_ONCE: ReadonlySet<string | symbol> = new Set(['watch', 'reserve', 'vacate', 'onDrop']);

export abstract class Play {
  protected readonly clock = new VirtualClock();
  protected readonly faults: Fault[] = [];
  protected readonly processes: readonly [Process, Process];
  protected readonly runs = new Runs();
  protected readonly happened = new Set<string>();
  // The stores look at the clock, but do not sweep: their timers would make every wait seem to have an end.
  readonly #still: Clock = { now: () => this.clock.now(), after: () => () => undefined };
  readonly #storage = new MemoryStorage({ clock: this.#still });
  readonly #lock = new MemoryLock({ clock: this.#still });
  readonly #effects: string[] = [];
  readonly #strays: string[] = [];
  readonly #transactions = new Transactions(this.#storage, (name, isStray) => {
    this.#effects.push(name);
    if (isStray && this.plan.isTransactional) this.#strays.push(name);
  });
  readonly #records: string[] = [];
  readonly #heard: { delivery: PlannedDelivery; heard: Heard }[] = [];
  #calls = 0;
  #troubled = 0;
  #isKilled = false;
  #tellKilled!: () => void;
  readonly #killed = new Promise<void>((resolve) => (this.#tellKilled = resolve));
  #isHealed = false;
  #steps = 0;

  constructor(
    protected readonly scheduler: Scheduler,
    protected readonly plan: Plan,
  ) {
    this.processes = [this.#process(0), this.#process(1)];
  }

  /** Serves one client, and tells what it heard; nothing when it left before. Settles when its request has come to its end. */
  protected abstract deliver(delivery: PlannedDelivery, name: string, process: Process): Promise<Heard | undefined>;

  async toTheEnd(): Promise<Played> {
    const { plan } = this;
    for (const ms of plan.ticks) void this.yields(`${String(ms)} ms pass`).then(() => this.clock.advance(ms));
    let open = 0;
    for (const [i, delivery] of plan.deliveries.entries()) {
      open++;
      void this.yields(`${String(i)} comes to process ${String(delivery.process)}`)
        .then(() => this.#deliver(delivery, String(i)))
        .finally(() => open--);
    }
    await this.#drive(() => open > 0 || this.#isBusy);
    this.#isHealed = true;
    await this.#drive(() => this.scheduler.count() > 0 || this.#isBusy);
    const isLeftHeld = await this.#isLeftHeld();
    this.clock.advance(LEASE_MS);
    await this.#late();
    return {
      plan,
      heard: this.#heard,
      effects: this.#effects,
      strays: this.#strays,
      overlaps: this.runs.overlaps,
      unended: this.unended,
      transactions: this.#transactions.counts,
      happened: this.happened,
      faults: this.faults,
      records: this.#records,
      troubled: this.#troubled,
      isLeftHeld,
    };
  }

  /** Settles when the schedule comes to it. */
  protected async yields(label: string): Promise<void> {
    await this.scheduler.schedule(Promise.resolve(), label);
  }

  /** Turns that have not ended yet. */
  protected get unended(): number {
    return 0;
  }

  /** Run `number` of the handler of `name` at work: its effect is made between two yield points, unless its process is dead by then. */
  protected async handle({ handlerMs, ends }: PlannedDelivery, name: string, isDead: () => boolean, number = 1): Promise<string> {
    const value = number === 1 ? name : `${name}.${String(number)}`;
    if (handlerMs > 0) await new Promise<void>((resolve) => this.clock.after(handlerMs, resolve));
    await this.#travel(`handler of ${value}`, isDead, () => Promise.resolve());
    if (ends === 'fails' && number === 1) throw new HandlerFailed();
    this.#transactions.effect(value);
    await this.#travel(`answer of ${value}`, isDead, () => Promise.resolve());
    return value;
  }

  /** Whether something goes on in a process that lives. */
  get #isBusy(): boolean {
    return (
      this.unended > 0 ||
      this.#transactions.open > 0 ||
      this.processes.some(({ engine, isDead }) => !isDead() && engine.running > 0)
    );
  }

  #kill(): void {
    this.#isKilled = true;
    this.#tellKilled();
    this.#transactions.kill(0);
  }

  async #isLeftHeld(): Promise<boolean> {
    if (this.#transactions.isHeld) return true;
    if (this.#troubled > 0 || this.#isKilled || this.#records.length === 0) return false;
    const probe = { slot: SLOT, fingerprint: 'a', token: 'probe' };
    const { kind } = await this.#lock.acquire(probe, LEASE_MS, LEASE_MS);
    await this.#lock.release(probe);
    return kind === 'held';
  }

  /** Whatever happened before, a lease later the slot serves. */
  async #late(): Promise<void> {
    const late: PlannedDelivery = {
      fingerprint: 'a',
      process: 1,
      ends: 'well',
      handlerMs: 0,
      waitMs: 0,
      passage: PLAIN_PASSAGE,
    };
    let isOpen = true;
    void this.#deliver(late, 'late').finally(() => (isOpen = false));
    await this.#drive(() => isOpen || this.#isBusy);
  }

  async #drive(isOpen: () => boolean): Promise<void> {
    for (;;) {
      for (let turns = 0; turns === 0 || (this.#isIdle && isOpen() && turns < MOST_TURNS); turns++) await turnOfTheLoop();
      await this.#look();
      if (this.#steps === this.plan.killAfter) this.#kill();
      if (!isOpen()) return;
      if (++this.#steps > MOST_STEPS) throw new Error(`It does not end: still going after ${String(MOST_STEPS)} steps.`);
      if (this.scheduler.count() > 0) await this.scheduler.waitOne();
      else if (this.clock.nextMs !== undefined) this.clock.advance(this.clock.nextMs);
      else throw new Error('It is stuck: somebody waits, but nothing is under way and no timer runs.');
    }
  }

  get #isIdle(): boolean {
    return this.scheduler.count() === 0 && this.clock.nextMs === undefined;
  }

  async #look(): Promise<void> {
    const bytes = await this.#storage.find(SLOT);
    const content = bytes === undefined ? '' : Buffer.from(bytes).toString('base64');
    if (content !== (this.#records.at(-1) ?? '')) this.#records.push(content);
  }

  /** A process of its own: an engine whose calls travel to the shared store, until it is killed. */
  #process(number: 0 | 1): Process {
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
          if (typeof value !== 'function' || AT_ONCE.has(name)) return value;
          return (...args: unknown[]) =>
            this.#travel(`${String(number)}: ${String(name)}`, isDead, () => value(...args) as Promise<unknown>);
        },
      });
    };
    const backend = this.plan.isTransactional
      ? this.#transactions.backend(number, travelling)
      : pair(travelling(this.#storage), travelling(this.#lock));
    const onFault = (fault: Fault) => {
      if (isDead()) return;
      this.faults.push(fault);
      if (fault.kind === 'lapsed') this.runs.lapse();
    };
    return { engine: new Engine(backend, { clock: this.clock, onFault }), backend, isDead };
  }

  async #travel<T>(label: string, isDead: () => boolean, call: () => Promise<T>): Promise<T> {
    const never = new Promise<never>(() => undefined);
    await this.yields(`${label} arrives`);
    if (isDead()) return never;
    const outcome = await call().then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    await this.yields(`${label} returns`);
    return isDead() ? never : outcome();
  }

  async #deliver(delivery: PlannedDelivery, name: string): Promise<void> {
    const process = this.processes[delivery.process];
    if (process.isDead()) return;
    const heard = this.deliver(delivery, name, process);
    const told = await Promise.race([heard, ...(delivery.process === 0 ? [this.#killed] : [])]);
    if (told && !process.isDead()) this.#heard.push({ delivery, heard: told });
  }
}

/** What a handler that fails before its effect throws. */
export class HandlerFailed extends Error {
  override readonly name = 'HandlerFailed';
}
