/** Starts PostgreSQL in a container, where Docker runs. */
import pg from 'pg';
import { hasDocker, startContainer } from './container.js';
import { freePort } from './free-port.js';
import type { PostgresSettings } from './postgres.js';

/** `undefined` where there is no Docker that answers. */
export async function startInDocker(settings: PostgresSettings): Promise<{ url: string; stop(): Promise<void> } | undefined> {
  if (!hasDocker()) return undefined;
  const port = await freePort();
  const flags = [`fsync=${settings.fsync === true ? 'on' : 'off'}`, `max_connections=${settings.maxConnections ?? 100}`];
  const container = await startContainer(
    'postgres:16',
    ['--publish', `127.0.0.1:${port}:5432`, '--env', 'POSTGRES_HOST_AUTH_METHOD=trust'],
    'docker-entrypoint.sh postgres',
    flags.flatMap((flag) => ['-c', flag]),
  );
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await untilReady(url);
  return { url, stop: () => container.end() };
}

/** The image starts the server twice, so one answer is not enough: the second start is waited for. */
async function untilReady(url: string): Promise<void> {
  const until = Date.now() + 60_000;
  for (let answers = 0; answers < 3;) {
    const client = new pg.Client({ connectionString: url });
    // A socket that breaks after a refusal is reported a second time, as an event.
    client.on('error', () => undefined);
    try {
      await client.connect();
      answers += 1;
    } catch (cause) {
      answers = 0;
      if (Date.now() > until) throw new Error('PostgreSQL in Docker did not answer within a minute.', { cause });
    } finally {
      await client.end();
    }
    await new Promise((again) => setTimeout(again, 300));
  }
}
