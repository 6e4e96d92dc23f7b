/** A real PostgreSQL for tests: DATABASE_URL, else installed binaries, else Docker, else Debian's packages. Stopped with the process. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { startInDocker } from './postgres-docker.js';
import { findBinaries, installFromDebian, startBinaries } from './postgres-binaries.js';

/** What a test may ask of the server that is started for it; a server given by DATABASE_URL stays as it is. */
export interface PostgresSettings {
  /** Off by default, which is faster; on where the server itself is killed. */
  readonly fsync?: boolean;
  readonly maxConnections?: number;
}

export interface PostgresServer {
  /** Of the maintenance database. */
  readonly url: string;
  /** Makes an empty database of its own and returns its URL. */
  database(): Promise<string>;
  /** Drops the databases it made, and stops the server if it was started here. */
  stop(): Promise<void>;
}

/** Starts a server, or takes the one that DATABASE_URL names. */
export async function startPostgres(settings: PostgresSettings = {}): Promise<PostgresServer> {
  const given = process.env['DATABASE_URL'];
  const { url, stop } = given ? { url: given, stop: () => Promise.resolve() } : await start(settings);
  const made: string[] = [];
  const run = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  return {
    url,
    async database() {
      const name = `test_${randomUUID().replaceAll('-', '')}`;
      await run(`CREATE DATABASE ${name}`);
      made.push(name);
      const own = new URL(url);
      own.pathname = `/${name}`;
      return own.href;
    },
    async stop() {
      if (given) for (const name of made) await run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await stop();
    },
  };
}

async function start(settings: PostgresSettings): Promise<{ url: string; stop(): Promise<void> }> {
  const installed = findBinaries();
  if (installed) return startBinaries(installed, settings);
  const contained = await startInDocker(settings);
  if (contained) return contained;
  return startBinaries(installFromDebian(), settings);
}
