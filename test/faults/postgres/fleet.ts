/** Processes of the application, each killed with -9 at an armed crash point or at a random moment, and replaced. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Chance } from './chance.js';
import { CRASH_VARIABLE } from './crash.js';

export interface FleetOptions {
  readonly program: string;
  readonly size: number;
  readonly env: NodeJS.ProcessEnv;
  readonly points: readonly string[];
  readonly chance: Chance;
  /** After so many kills processes are left to live. */
  readonly kills: number;
}

/** One process that has not come to its crash point after this long is killed wherever it is. */
const PATIENCE_MS = 1_000;
/** Of those that are killed anywhere, half live long enough to answer some. */
const RANDOM_WITHIN_MS = [300, 3_000] as const;

export class Fleet {
  /** How many were killed at each point; `random` counts those killed from outside. */
  readonly killedAt = new Map<string, number>();
  readonly #options: FleetOptions;
  readonly #ports = new Map<ChildProcess, number>();
  readonly #alive = new Set<ChildProcess>();
  #isStopped = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    for (let i = 0; i < options.size; i++) this.#start();
  }

  get kills(): number {
    return [...this.killedAt.values()].reduce((sum, count) => sum + count, 0);
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

  #start(): void {
    const { program, env, points, chance, kills } = this.#options;
    const isDoomed = this.kills < kills;
    // Half come to a point of the path; the others are killed anywhere.
    const point = isDoomed && chance.upTo(2) > 0 ? chance.of(points) : undefined;
    const armed = point === undefined ? {} : { [CRASH_VARIABLE]: `${point}:${1 + chance.upTo(6)}` };
    const child = spawn(process.execPath, [program], {
      env: { ...env, ...armed },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#alive.add(child);
    let timer: NodeJS.Timeout | undefined;
    let isPushed = false;
    child.once('message', ({ port }: { port: number }) => {
      this.#ports.set(child, port);
      if (!isDoomed) return;
      timer = setTimeout(
        () => (isPushed = child.kill('SIGKILL')),
        point === undefined ? chance.upTo(chance.of(RANDOM_WITHIN_MS)) : PATIENCE_MS,
      );
    });
    child.once('exit', (_code, signal) => {
      clearTimeout(timer);
      this.#ports.delete(child);
      this.#alive.delete(child);
      if (this.#isStopped) return;
      if (signal === 'SIGKILL') {
        const where = isPushed || point === undefined ? 'random' : point;
        this.killedAt.set(where, (this.killedAt.get(where) ?? 0) + 1);
      }
      this.#start();
    });
  }
}
