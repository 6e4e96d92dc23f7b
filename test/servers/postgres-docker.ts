/** Starts PostgreSQL in a container, where Docker runs. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pg from 'pg';
import type { PostgresSettings } from './postgres.js';

const run = promisify(execFile);

/** `undefined` where there is no Docker that answers. */
export async function startInDocker(settings: PostgresSettings): Promise<{ url: string; stop(): Promise<void> } | undefined> {
  try {
    await run('docker', ['info']);
  } catch {
    return undefined;
  }
  const options = [`fsync=${settings.fsync === true ? 'on' : 'off'}`, `max_connections=${settings.maxConnections ?? 100}`];
  const started = await run('docker', [
    ...['run', '--rm', '-d', '-p', '127.0.0.1:0:5432', '-e', 'POSTGRES_HOST_AUTH_METHOD=trust', 'postgres:16'],
    ...options.flatMap((option) => ['-c', option]),
  ]);
  const container = started.stdout.trim();
  const address = (await run('docker', ['port', container, '5432'])).stdout.split('\n')[0]?.trim() ?? '';
  const url = `postgres://postgres@${address}/postgres`;
  await untilReady(url);
  return {
    url,
    async stop() {
      await run('docker', ['kill', container]);
    },
  };
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
