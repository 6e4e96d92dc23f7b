/** The Postgres adapters on a real server, alone, paired and together, against the contract suites. */
import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import { pair, type IdempotencyBackend } from '@nestjs-idempotency/core';
import { currentTransaction, fromPool, PostgresBackend, PostgresLock, PostgresStorage } from '@nestjs-idempotency/postgres';
import { backendContract, lockContract, runCases, storageContract, transactionContract } from '@nestjs-idempotency/testing';
import pg from 'pg';
import { layGround, type PostgresGround } from '../postgres/ground.js';

// A server is started for it, and the machine may be busy.
jest.setTimeout(60_000);

let ground: PostgresGround;
let storages: PostgresStorage[];
let locks: PostgresLock[];
let backends: PostgresBackend[];

beforeAll(async () => {
  ground = await layGround({ maxConnections: 200 });
  const five = Array.from({ length: 5 }, () => fromPool(ground.pool({ max: 11 })));
  const listen = (): pg.Client => new pg.Client({ connectionString: ground.url });
  storages = five.map((source) => new PostgresStorage(source));
  locks = five.map((source) => new PostgresLock(source, { listen }));
  backends = five.map((source) => new PostgresBackend(source, { listen }));
  for (const opened of [...locks, ...backends]) ground.closing(() => opened.close());
});
afterAll(() => ground.stop());

/** Hands out the five in turn. */
function inTurn<T>(all: () => readonly T[]): () => { connect(): T } {
  let next = 0;
  return () => ({ connect: () => all()[next++ % 5] as T });
}

describe('PostgresStorage', () => runCases(it, storageContract(inTurn(() => storages))));

describe('PostgresLock', () => runCases(it, lockContract(inTurn(() => locks))));

describe('PostgresBackend', () => runCases(it, backendContract(inTurn(() => backends))));

describe('pair(PostgresStorage, PostgresLock)', () => {
  const pairs = (): IdempotencyBackend[] => storages.map((storage, i) => pair(storage, locks[i] as PostgresLock));
  runCases(it, backendContract(inTurn(pairs)));
});

describe('PostgresBackend in a transaction', () => {
  const make = inTurn(() => backends);
  runCases(
    it,
    transactionContract(() => ({
      ...make(),
      async effect(_backend, name) {
        await currentTransaction<pg.PoolClient>().query('INSERT INTO effects (name) VALUES ($1)', [name]);
      },
      effects: (name) => ground.effects(name),
      // Alone, a COMMIT would be refused before it is sent.
      endByHand: (_backend, how) => currentTransaction<pg.PoolClient>().query(`SELECT 1; ${how}`),
      conflict: collide,
    })),
  );
});

/** Two serializable transactions each read what the other writes: one of them cannot commit. */
async function collide(): Promise<unknown> {
  const backend = new PostgresBackend(fromPool(ground.pool(), { begin: 'BEGIN ISOLATION LEVEL SERIALIZABLE' }));
  const step = async (): Promise<void> => {
    const tx = currentTransaction<pg.PoolClient>();
    await tx.query('SELECT count(*) FROM effects');
    arrived += 1;
    if (arrived === 2) meet();
    await met;
    await tx.query("INSERT INTO effects (name) VALUES ('collision')");
  };
  let arrived = 0;
  let meet = (): void => undefined;
  const met = new Promise<void>((resolve) => (meet = resolve));
  const outcomes = await Promise.allSettled([backend.transaction(step), backend.transaction(step)]);
  await backend.close();
  const lost = outcomes.find((outcome) => outcome.status === 'rejected');
  return lost?.reason;
}
