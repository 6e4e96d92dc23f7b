/** What a request costs in round trips, counted at the client and by the server. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { Engine, type Answer, type Terms, type Turn } from '@nestjs-idempotency/core';
import { fromIoredis, RedisBackend, type RedisCommand } from '@nestjs-idempotency/redis';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { startRedis, type RedisServer } from '../servers/redis.js';

jest.setTimeout(60_000);

const ANSWER: Answer = { status: 201, headers: [['content-type', 'text/plain']], body: Buffer.from('made') };
const TERMS: Terms = {
  manual: false,
  afterLapse: 'reexecute',
  leaseMs: 30_000,
  keepMs: 60_000,
  waitMs: 0,
  holdAtMostMs: 60_000,
  transactional: false,
};

let server: RedisServer;
let client: Redis;
let backend: RedisBackend;
let engine: Engine;
let trips = 0;

beforeAll(async () => {
  server = await startRedis();
}, 120_000);
afterAll(() => server.stop());

beforeEach(async () => {
  client = new Redis(server.url);
  const plain = fromIoredis(client);
  const counting: RedisCommand = {
    ...plain,
    command(args, key) {
      trips++;
      return plain.command(args, key);
    },
  };
  backend = new RedisBackend(counting);
  engine = new Engine(backend);
  await backend.check();
  await request('warm');
  await client.config('RESETSTAT');
  trips = 0;
});

afterEach(async () => {
  await engine.close(0);
  await backend.close();
  client.disconnect();
});

/** One request, which answers after `made`. */
function request(slot: string, fingerprint = 'asked', terms: Partial<Terms> = {}, made: Promise<unknown> = Promise.resolve()) {
  return engine.run({ slot, fingerprint }, { ...TERMS, ...terms }, async (turn: Turn) => {
    if (turn.kind !== 'execute')
      return turn.kind === 'replay' ? turn.answer.body.toString() : turn.kind === 'reject' ? turn.reason : turn.kind;
    await made;
    await turn.attempt.keep({ kind: 'answer', fingerprint, answer: ANSWER });
    return 'executed';
  });
}

/** How often the server was asked for each command, by clients and by scripts. */
async function asked(): Promise<Record<string, number>> {
  const stats = await client.info('commandstats');
  return Object.fromEntries([...stats.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)].map(([, name, calls]) => [name, Number(calls)]));
}

it('takes two for a first request, one for a replay and one for a mismatch', async () => {
  const slot = randomUUID();
  expect(await request(slot)).toBe('executed');
  expect(trips).toBe(2);
  expect(await request(slot)).toBe('made');
  expect(trips).toBe(3);
  expect(await request(slot, 'something else')).toBe('mismatch');
  expect(trips).toBe(4);
  const { evalsha, eval: evaluated, publish } = await asked();
  expect({ evalsha, evaluated, publish }).toEqual({ evalsha: 4, evaluated: undefined, publish: undefined });
});

it('takes one to reject a duplicate, or another request, while the first runs', async () => {
  const slot = randomUUID();
  let finish: (() => void) | undefined;
  const running = request(slot, 'asked', {}, new Promise<void>((resolve) => (finish = resolve)));
  await backend.open({ slot: 'another', fingerprint: 'f', token: 't' }, 1_000, 1_000);
  trips = 0;
  expect(await request(slot)).toBe('running');
  expect(await request(slot, 'something else')).toBe('mismatch');
  expect(trips).toBe(2);
  finish?.();
  expect(await running).toBe('executed');
});

it('takes two for each of 200 waiting duplicates, and one push to wake them all', async () => {
  const slot = randomUUID();
  let finish: (() => void) | undefined;
  const running = request(slot, 'asked', {}, new Promise<void>((resolve) => (finish = resolve)));
  const waiting = Array.from({ length: 200 }, () => request(slot, 'asked', { waitMs: 20_000 }));
  while (trips < 201) await backend.open({ slot: 'another', fingerprint: 'f', token: 't' }, 1_000, 1_000).finally(() => trips--);
  const startedAt = performance.now();
  finish?.();
  expect(await running).toBe('executed');
  expect(await Promise.all(waiting)).toEqual(Array.from({ length: 200 }, () => 'made'));
  expect(performance.now() - startedAt).toBeLessThan(900);
  expect(trips).toBe(402);
  expect((await asked())['publish']).toBe(1);
});

it('sends what fifty requests ask in one turn by one write, which the server takes by few reads', async () => {
  const reads = async (): Promise<number> => Number(/total_reads_processed:(\d+)/.exec(await client.info('stats'))?.[1]);
  const slots = Array.from({ length: 50 }, () => randomUUID());
  const before = await reads();
  expect(await Promise.all(slots.map((slot) => request(slot)))).toEqual(slots.map(() => 'executed'));
  // 100 commands in two turns; each may be cut in pieces of 16 KB by the socket.
  expect((await reads()) - before).toBeLessThan(20);
});
