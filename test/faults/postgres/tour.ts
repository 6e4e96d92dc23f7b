/** One unharmed process shows which points there are: whatever a first request, a duplicate beside it and a replay come to. */
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import type pg from 'pg';
import type { Chance } from './chance.js';
import { type Sending, sendUntilAnswered } from './client.js';
import type { FromProcess } from './crash-protocol.js';
import type { Subject } from './subject.js';

export interface Tour {
  readonly subject: Subject;
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  readonly pool: pg.Pool;
  readonly chance: Chance;
  readonly write: Sending['write'];
  readonly pause: Sending['pause'];
}

/** Of three that are sent at once, at least one waits; more rounds leave that less to chance. */
const ROUNDS = 10;
const AT_ONCE = 3;

/** Prepares the application's tables, and gives the points in the order in which they were first come to. */
export async function tourOf({ subject, program, env, pool, chance, write, pause }: Tour): Promise<readonly string[]> {
  const points = new Set<string>();
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.on('message', (message: FromProcess) => {
    if ('point' in message) points.add(message.point);
  });
  const { path, valueIn, mayBeUndone } = subject;
  try {
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    await subject.prepare(pool);
    for (let round = 0; round < ROUNDS; round++) {
      const sending = {
        ...subject.operation(chance),
        path,
        valueIn,
        mayBeUndone,
        port: () => port,
        write,
        pause,
      };
      await Promise.all(Array.from({ length: AT_ONCE }, () => sendUntilAnswered(sending)));
      await sendUntilAnswered(sending);
    }
  } finally {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  }
  return [...points];
}
