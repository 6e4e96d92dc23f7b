/** Starts shops, and kills, stops and wakes them. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '../until.js';
import type { Step, ToParent } from './messages.js';

const REGISTER = new URL('../../../tools/register.js', import.meta.url).href;
const SHOP = fileURLToPath(new URL('./shop.ts', import.meta.url));

export interface ShopSettings {
  readonly redis: string;
  readonly history: string;
  /** Default 1500. */
  readonly leaseMs?: number;
  /** Default 0: a duplicate of a running request is refused at once. */
  readonly waitMs?: number;
  readonly afterLapse?: 'reexecute' | 'unknown';
  /** The longest pause at each step of an order. Default 0. */
  readonly paceMs?: number;
  /** Where every order stands still until `goOn`. */
  readonly stopAt?: Step;
}

export interface Shop {
  readonly port: number;
  readonly pid: number;
  /** Steps that orders have reached. */
  readonly reached: Step[];
  /** Faults that the library told of, and rejections that nobody handled. */
  readonly faults: string[];
  /** Settles when an order has come so far. */
  untilReached(step: Step): Promise<void>;
  goOn(): void;
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Ends as an application that is shut down does; what keeps it from ending fails the test. */
  close(): Promise<void>;
}

const running = new Set<Shop>();

export async function startShop(settings: ShopSettings): Promise<Shop> {
  const { redis, history, leaseMs = 1_500, waitMs = 0, afterLapse = 'reexecute', stopAt = '', paceMs = 0 } = settings;
  const child = fork(SHOP, {
    execArgv: ['--import', REGISTER],
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      REDIS: redis,
      HISTORY: history,
      LEASE_MS: String(leaseMs),
      WAIT_MS: String(waitMs),
      AFTER_LAPSE: afterLapse,
      STOP_AT: stopAt,
      PACE_MS: String(paceMs),
    },
  });
  const ended = once(child, 'exit');
  const reached: Step[] = [];
  const faults: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The shop ended with ${String(code)} before it was open.`)));
    child.on('message', (message: ToParent) => {
      if ('port' in message) resolve(message.port);
      else if ('reached' in message) reached.push(message.reached);
      else faults.push(message.fault);
    });
  });
  const shop: Shop = {
    port,
    pid: child.pid ?? 0,
    reached,
    faults,
    untilReached: async (step) => void (await until(() => reached.includes(step))),
    goOn: () => void child.send('go on'),
    async kill() {
      running.delete(shop);
      child.kill('SIGKILL');
      await ended;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async close() {
      child.send('close');
      const [code] = (await ended) as [number | null];
      running.delete(shop);
      if (code !== 0) throw new Error(`The shop ended with ${String(code)}.`);
    },
  };
  running.add(shop);
  return shop;
}

/** Kills what still runs. */
export async function killAll(): Promise<void> {
  await Promise.all([...running].map((shop) => shop.kill()));
}
