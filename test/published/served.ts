/** A built application, started as its own process and asked while it runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from './command.js';

const START_MS = 60_000;
const ASK_AGAIN_MS = 50;

/** A port that was free a moment ago: the generated `main.ts` takes one, and does not tell which it got. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts `node args…` in `folder`, calls `ask` when it answers, and ends it. Rejects with all that it printed if it ends by itself, or too late. */
export async function served(folder: string, args: readonly string[], ask: (origin: string) => Promise<void>): Promise<void> {
  const port = await freePort();
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', PORT: String(port) };
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const origin = `http://127.0.0.1:${port}`;
  const failed = (why: string): Error => new CommandError(`node ${args.join(' ')} ${why}\n${printed}`.trim());
  try {
    for (const until = performance.now() + START_MS; ; await sleep(ASK_AGAIN_MS)) {
      if (child.exitCode !== null || child.signalCode !== null) throw failed('ended');
      if (performance.now() > until) throw failed('does not answer');
      if (
        await fetch(origin).then(
          () => true,
          () => false,
        )
      )
        break;
    }
    await ask(origin);
    // Nothing that was printed at the start or since may be a complaint.
    if (/\b(ERROR|WARN)\b|Warning/.test(printed)) throw failed('complains');
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}
