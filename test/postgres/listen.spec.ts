/** Wake-ups: told only where somebody waits, over a connection that may break. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { fromPool, PostgresBackend, PostgresLock } from '@nestjs-idempotency/postgres';
import { channelOf, namesOf } from '@nestjs-idempotency/postgres/names';
import pg from 'pg';
import { gate } from './gate.js';
import { layGround, type PostgresGround } from './ground.js';
import { newLease, record } from './tools/collision.js';
import { until } from './until.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

const LONG_MS = 60_000;
let ground: PostgresGround;
beforeAll(async () => {
  ground = await layGround();
});
afterAll(() => ground.stop());

function newBackend(onListenError: (cause: unknown) => void = () => undefined): {
  backend: PostgresBackend;
  listeners: pg.Client[];
} {
  const listeners: pg.Client[] = [];
  const listen = (): pg.Client => {
    const client = new pg.Client({ connectionString: ground.url, application_name: 'listener' });
    listeners.push(client);
    return client;
  };
  const backend = new PostgresBackend(fromPool(ground.pool()), { listen, onListenError });
  ground.closing(() => backend.close());
  return { backend, listeners };
}

const open = (backend: PostgresBackend, lease = newLease()) => backend.open(lease, LONG_MS, LONG_MS);

/** Advisory locks that listening connections share: the slots for which somebody waits. */
async function marks(): Promise<number> {
  const { rows } = await ground.outside.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted",
  );
  return rows[0]?.count ?? 0;
}

it('makes no connection before somebody waits, and tells nothing where nobody does', async () => {
  const { backend, listeners } = newBackend();
  const notified: string[] = [];
  const ear = new pg.Client({ connectionString: ground.url });
  await ear.connect();
  ear.on('notification', ({ payload }) => notified.push(payload ?? ''));
  await ear.query(`LISTEN ${channelOf(namesOf())}`);
  const lease = newLease();
  const watch = backend.watch?.(lease.slot);
  await open(backend, lease);
  await backend.settle(lease, record, LONG_MS);
  watch?.close();
  await ear.query('SELECT 1');
  expect(listeners).toHaveLength(0);
  expect(notified).toEqual([]);
  await ear.end();
});

it('wakes who waits in another process when a transaction commits, and takes its mark away when nobody waits any more', async () => {
  const [{ backend: here }, { backend: there }] = [newBackend(), newBackend()];
  const lease = newLease();
  const watch = there.watch?.(lease.slot);
  const [running, ending] = [gate(), gate()];
  const committed = here.transaction(async () => {
    await open(here, lease);
    running.open();
    await ending.passed;
    await here.settle(lease, record, LONG_MS);
  });
  await running.passed;
  await there.transaction(() => open(there, newLease(lease.slot)));
  await until(async () => (await marks()) === 1);
  ending.open();
  await watch?.woken;
  await committed;
  expect((await open(there, newLease(lease.slot))).record).toEqual(Buffer.from(record));
  watch?.close();
  await until(async () => (await marks()) === 0);
});

it('wakes everybody when its connection breaks, says so, and listens again', async () => {
  const said: unknown[] = [];
  const { backend, listeners } = newBackend((cause) => said.push(cause));
  const lease = newLease();
  const watch = backend.watch?.(lease.slot);
  await open(backend, lease);
  await open(backend, newLease(lease.slot));
  await until(async () => (await marks()) === 1);
  await ground.outside.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'listener'");
  await watch?.woken;
  watch?.close();
  expect(said).toHaveLength(1);

  const again = backend.watch?.(lease.slot);
  await until(async () => {
    await open(backend, newLease(lease.slot));
    return (await marks()) === 1;
  });
  await backend.release(lease);
  await again?.woken;
  again?.close();
  expect(listeners.length).toBeGreaterThan(1);
});

it('says that it cannot connect, and leaves waiters to poll', async () => {
  const said: unknown[] = [];
  const backend = new PostgresBackend(fromPool(ground.pool()), {
    listen: () => new pg.Client({ host: '127.0.0.1', port: 1 }),
    onListenError: (cause) => said.push(cause),
  });
  const lease = newLease();
  const watch = backend.watch?.(lease.slot);
  await open(backend, lease);
  await open(backend, newLease(lease.slot));
  // Woken once, to look for itself.
  await watch?.woken;
  expect(String(said[0])).toContain('ECONNREFUSED');
  watch?.close();
  await backend.close();
});

it('wakes who waits also after it was closed, and checked again by another application', async () => {
  const { backend, listeners } = newBackend();
  for (let life = 1; life <= 2; life += 1) {
    await backend.check();
    const lease = newLease();
    await open(backend, lease);
    const watch = backend.watch?.(lease.slot);
    await open(backend, { ...lease, token: `${lease.token}-waits` });
    await until(async () => (await marks()) > 0);
    await backend.settle(lease, record, LONG_MS);
    await watch?.woken;
    watch?.close();
    await backend.close();
    expect(listeners).toHaveLength(life);
  }
});

it('wakes who waits for a lock also after it was closed, and checked again by another application', async () => {
  const listeners: pg.Client[] = [];
  const listen = (): pg.Client => {
    const client = new pg.Client({ connectionString: ground.url });
    listeners.push(client);
    return client;
  };
  const lock = new PostgresLock(fromPool(ground.pool()), { listen });
  for (let life = 1; life <= 2; life += 1) {
    expect(await lock.check()).toEqual(expect.any(Array));
    const lease = newLease();
    await lock.acquire(lease, LONG_MS, LONG_MS);
    const watch = lock.watch?.(lease.slot);
    await lock.acquire({ ...lease, token: `${lease.token}-waits` }, LONG_MS, LONG_MS);
    await until(async () => (await marks()) > 0);
    await lock.release(lease);
    await watch?.woken;
    watch?.close();
    await lock.close();
    expect(listeners).toHaveLength(life);
  }
});
