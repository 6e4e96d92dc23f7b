/** Processes of the application, each killed with -9 at an armed crash point or at a random moment, and replaced. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Chance } from './chance.js';
import { CRASH_VARIABLE, type FromProcess } from './crash-protocol.js';

export interface FleetOptions {
  readonly program: string;
  readonly size: number;
  readonly env: NodeJS.ProcessEnv;
  /** Each is armed until a process died at it. */
  readonly points: readonly string[];
  readonly chance: Chance;
  /** After so many kills, with no point left out, processes are left to live. */
  readonly kills: number;
  /** None is killed from outside before it came to its point. */
  readonly isOnlyAtPoints?: boolean;
}

/** One process that has not come to its crash point after this long is killed wherever it is. */
const PATIENCE_MS = 2_000;
/** What happens seldom takes longer to happen again. */
const PATIENCE_FOR_FURTHER_MS = 5_000;
/** Of those that are killed anywhere, half live long enough to answer some. */
const RANDOM_WITHIN_MS = [300, 3_000] as const;
/**
 * A point that is not reached in so many times the kills that were wanted is given up, and missing in the figures. One kill for each point is
 * wanted at least, and on a busy machine most processes do not come to theirs in time.
 */
const ENOUGH = 5;

export class Fleet {
  /** How many were killed at each point; `random` counts those killed from outside. */
  readonly killedAt = new Map<string, number>();
  readonly #options: FleetOptions;
  readonly #ports = new Map<ChildProcess, number>();
  readonly #alive = new Set<ChildProcess>();
  readonly #further = new Set<string>();
  #ended: Error | undefined;
  #isStopped = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    for (let i = 0; i < options.size; i++) this.#start();
  }

  get kills(): number {
    return [...this.killedAt.values()].reduce((sum, count) => sum + count, 0);
  }

  /** The points at which no process has died yet. */
  get missed(): readonly string[] {
    return this.#options.points.filter((point) => !this.killedAt.has(point));
  }

  /** Points that processes came to beside those they were given. */
  get further(): readonly string[] {
    return [...this.#further];
  }

  /** Whether there were enough kills, everywhere. Throws when a process ended by itself, which none has a reason to. */
  get isDone(): boolean {
    if (this.#ended) throw this.#ended;
    const { kills, points } = this.#options;
    return this.kills >= kills && (this.missed.length === 0 || this.kills >= ENOUGH * Math.max(kills, points.length));
  }

  /** Where a request can be sent now. */
  get ports(): readonly number[] {
    return [...this.#ports.values()];
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const ends = [...this.#alive].map((child) => once(child, 'exit'));
    for (const child of this.#alive) child.kill('SIGKILL');
    await Promise.all(ends);
  }

  /** Where the next process is to die: first wherever none has died yet, then half of them at a point and half anywhere. */
  #nextPoint(): { point: string; nth: number } | undefined {
    const { points, chance, isOnlyAtPoints } = this.#options;
    const { missed } = this;
    if (missed.length > 0 && (isOnlyAtPoints || chance.upTo(4) > 0)) return { point: chance.of(missed), nth: 1 };
    return isOnlyAtPoints || chance.upTo(2) > 0
      ? { point: chance.of([...points, ...this.#further]), nth: 1 + chance.upTo(3) }
      : undefined;
  }

  #start(): void {
    const { program, env, points, chance, isOnlyAtPoints } = this.#options;
    const isDoomed = !this.#ended && !this.isDone;
    const armed = isDoomed ? this.#nextPoint() : undefined;
    const child = spawn(process.execPath, [program], {
      env: { ...env, ...(armed && { [CRASH_VARIABLE]: `${armed.point}:${armed.nth}` }) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#alive.add(child);
    let timer: NodeJS.Timeout | undefined;
    let isPushed = false;
    child.on('message', (message: FromProcess) => {
      if ('point' in message) {
        if (!points.includes(message.point) && !isOnlyAtPoints) this.#further.add(message.point);
        return;
      }
      this.#ports.set(child, message.port);
      if (!isDoomed || isOnlyAtPoints) return;
      const patienceMs = armed && this.#further.has(armed.point) ? PATIENCE_FOR_FURTHER_MS : PATIENCE_MS;
      const livesMs = armed ? patienceMs : chance.upTo(chance.of(RANDOM_WITHIN_MS));
      timer = setTimeout(() => (isPushed = child.kill('SIGKILL')), livesMs);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      this.#ports.delete(child);
      this.#alive.delete(child);
      if (this.#isStopped) return;
      if (signal === 'SIGKILL') {
        const where = isPushed || !armed ? 'random' : armed.point;
        this.killedAt.set(where, (this.killedAt.get(where) ?? 0) + 1);
      } else this.#ended ??= new Error(`A process ended by itself with ${code ?? signal}.`);
      if (!this.#ended) this.#start();
    });
  }
}
