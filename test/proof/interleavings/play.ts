/** Plays one schedule over the reference stores: every call of a store is a yield point before and after. Who calls them, a subclass says. */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import {
  Engine,
  envelope,
  MemoryLock,
  MemoryStorage,
  pair,
  type Clock,
  type Fault,
  type IdempotencyBackend,
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
  /** Of each client that heard something. */
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
  // The stores look at the clock, but do not sweep: their timers would make every wait seem to have an end.
  readonly #still: Clock = { now: () => this.clock.now(), after: () => () => undefined };
  readonly #storage = new MemoryStorage({ clock: this.#still });
  readonly #lock = new MemoryLock({ clock: this.#still });
  readonly #effects: string[] = [];
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
    const runs = ({ engine, isDead }: Process) => !isDead() && engine.running > 0;
    await this.#drive(() => open > 0 || this.processes.some(runs));
    this.#isHealed = true;
    await this.#drive(() => this.scheduler.count() > 0);
    const isLeftHeld = await this.#isLeftHeld();
    this.clock.advance(LEASE_MS);
    await this.#late();
    return {
      plan,
      heard: this.#heard,
      effects: this.#effects,
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

  /** The handler of `name` at work: `effect` is made between two yield points, unless its process is dead by then. */
  protected async handle({ handlerMs, fails }: PlannedDelivery, name: string, isDead: () => boolean): Promise<string> {
    if (handlerMs > 0) await new Promise<void>((resolve) => this.clock.after(handlerMs, resolve));
    await this.#travel(`handler of ${name}`, isDead, () => Promise.resolve());
    if (fails) throw new HandlerFailed();
    this.#effects.push(name);
    await this.#travel(`answer of ${name}`, isDead, () => Promise.resolve());
    return name;
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
    const late: PlannedDelivery = {
      fingerprint: 'a',
      process: 1,
      fails: false,
      handlerMs: 0,
      waitMs: 0,
      leaves: false,
      timesOut: false,
    };
    let isOpen = true;
    void this.#deliver(late, 'late').finally(() => (isOpen = false));
    await this.#drive(() => isOpen || this.processes[1].engine.running > 0);
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
    const backend = pair(travelling(this.#storage), travelling(this.#lock));
    const onFault = (fault: Fault) => {
      if (!isDead()) this.faults.push(fault);
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

export const textOf = (body: Uint8Array): string => Buffer.from(body).toString();

/** What a slot's content says of an execution; `undefined` for a tombstone. */
export interface KeptExecution {
  /** Whether it was rendered, or waits for a retry to render it. */
  readonly kind: 'answer' | 'unrendered';
  readonly value: string;
  readonly fingerprint: string;
}

export async function executionIn(content: string): Promise<KeptExecution | undefined> {
  const record = await envelope.decode(Buffer.from(content, 'base64'), SLOT);
  const { kind } = record;
  if (kind === 'unreadable') throw new Error('The slot holds bytes that nobody wrote.');
  if (kind === 'tombstone') return undefined;
  if (kind === 'failure') throw new Error(`The slot holds a failure, but nothing that fails is kept: ${record.message}`);
  const { fingerprint } = record;
  if (kind === 'answer') return { kind, value: textOf(record.answer.body), fingerprint };
  return { kind: 'unrendered', value: (JSON.parse(textOf(record.bytes)) as { value: string }).value, fingerprint };
}
