/** The sample shop as a child process, and a client for it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const RUN = fileURLToPath(new URL('../../tools/run.js', import.meta.url));
const MAIN = fileURLToPath(new URL('../../sample-app/src/main.ts', import.meta.url));

/** An answer of the shop. */
export interface ShopAnswer {
  readonly status: number;
  readonly text: string;
  readonly replayed: string | null;
}

/** A running shop. */
export class Shop {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Opens a shop on a free port, or rejects with what it printed when it does not open. */
  static async open(environment: Record<string, string>): Promise<Shop> {
    const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', PORT: '0', ...environment };
    const child = spawn(process.execPath, [RUN, MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    const url = await new Promise<string>((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        printed += chunk.toString();
        const port = /The shop is open on \S+:(\d+)/.exec(printed)?.[1];
        if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', (code) => reject(new Error(`The shop ended with ${code}:\n${printed}`)));
    });
    return new Shop(child, url);
  }

  /** Opens a shop for the time of `work`, and closes it whatever comes of it. */
  static async during<T>(environment: Record<string, string>, work: (shop: Shop) => Promise<T>): Promise<T> {
    const shop = await Shop.open(environment);
    try {
      return await work(shop);
    } finally {
      await shop.close();
    }
  }

  async post(path: string, body: object, key?: string): Promise<ShopAnswer> {
    const headers = { 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) };
    return read(await fetch(this.url + path, { method: 'POST', headers, body: JSON.stringify(body) }));
  }

  async get(path: string): Promise<ShopAnswer> {
    return read(await fetch(this.url + path));
  }

  /** How many things the list at `path` has. */
  async count(path: string): Promise<number> {
    return (JSON.parse((await this.get(path)).text) as unknown[]).length;
  }

  /** Asks for `path` until its text is what `isIt` waits for. */
  async until(path: string, isIt: (text: string) => boolean): Promise<void> {
    while (!isIt((await this.get(path)).text));
  }

  /** Asks the shop to stop and tells how it ended: a signal's name, or its exit code. */
  async close(signal: NodeJS.Signals = 'SIGTERM'): Promise<string> {
    if (this.child.exitCode !== null || this.child.signalCode !== null)
      return String(this.child.signalCode ?? this.child.exitCode);
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    const [code, killedBy] = (await exited) as [number | null, string | null];
    return killedBy ?? String(code);
  }
}

async function read(response: Response): Promise<ShopAnswer> {
  return { status: response.status, text: await response.text(), replayed: response.headers.get('idempotency-replayed') };
}
