/** Whether a Redis answers, asked on a bare socket so that no driver's reconnecting blurs the answer. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Settles when the server on `port` answers PING and is not loading. */
export async function untilPong(port: number): Promise<void> {
  const until = Date.now() + 30_000;
  while (!(await ask(port, 'PING')).startsWith('+PONG')) {
    if (Date.now() > until) throw new Error(`Redis did not answer on port ${port} within half a minute.`);
    await pause(20);
  }
}

/** The first piece of the answer to an inline command, or nothing when the server cannot be reached. */
export async function ask(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write(`${command}\r\n`);
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    return chunk.toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return '';
  } finally {
    socket.destroy();
  }
}
