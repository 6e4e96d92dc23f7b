/** The server crashes: one of its processes is killed with -9, so that it cuts all connections and recovers from its log. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { currentTransaction, fromPool, PostgresBackend } from '@nestjs-idempotency/postgres';
import pg from 'pg';
import { layGround, type PostgresGround } from './ground.js';
import { newLease, record } from './tools/collision.js';
import { until } from './until.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

const LONG_MS = 60_000;
// The processes of a server that was given are not here to be killed.
const describeIf = process.env['DATABASE_URL'] === undefined ? describe : describe.skip;

describeIf('when Postgres crashes', () => {
  let ground: PostgresGround;
  let backend: PostgresBackend;
  const failures: unknown[] = [];

  beforeAll(async () => {
    ground = await layGround({ fsync: true });
    backend = new PostgresBackend(fromPool(ground.pool()), {
      listen: () => new pg.Client({ connectionString: ground.url }),
      onListenError: (cause) => failures.push(cause),
    });
    ground.closing(() => backend.close());
  });
  afterAll(() => ground.stop());

  it('keeps records and leases, undoes the open transaction, frees its slot, and wakes who waited', async () => {
    const [kept, leased, inside] = [newLease(), newLease(), newLease()];
    await backend.settle(kept, record, LONG_MS);
    await backend.open(leased, LONG_MS, LONG_MS);
    const watch = backend.watch?.(leased.slot);
    await backend.open(newLease(leased.slot), LONG_MS, LONG_MS);
    await untilListening();

    const crashed = backend.transaction(async () => {
      await backend.open(inside, LONG_MS, LONG_MS);
      const tx = currentTransaction<pg.PoolClient>();
      await tx.query('INSERT INTO effects (name) VALUES ($1)', [inside.slot]);
      await backend.settle(inside, record, LONG_MS);
      // By the server itself: in a container its numbers of processes are not ours.
      await tx.query("COPY (SELECT) TO PROGRAM 'kill -KILL $PPID'");
    });
    await expect(crashed).rejects.toThrow();
    await watch?.woken;
    watch?.close();
    expect(failures).toHaveLength(1);

    await untilRecovered();
    expect((await backend.open(newLease(kept.slot), LONG_MS, LONG_MS)).record).toEqual(Buffer.from(record));
    expect((await backend.open(newLease(leased.slot), LONG_MS, LONG_MS)).claim).toMatchObject({
      kind: 'held',
      fingerprint: leased.fingerprint,
    });
    expect(await ground.effects(inside.slot)).toBe(0);
    expect(await backend.transaction(() => backend.open(newLease(inside.slot), LONG_MS, LONG_MS))).toEqual({
      claim: { kind: 'won', attempt: 1 },
    });
  });

  function untilListening(): Promise<void> {
    const marks = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'";
    return until(async () => (await ground.outside.query(marks)).rows.length > 0);
  }

  /** While it recovers it refuses connections. */
  function untilRecovered(): Promise<void> {
    return until(() =>
      ground.outside.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    );
  }
});
