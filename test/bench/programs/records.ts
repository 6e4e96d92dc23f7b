/** What kept records cost in memory, and whether a first request or a replay gets slower with the number of keys. */
import { Engine, MemoryLock, MemoryStorage, pair, type Terms } from '@nestjs-idempotency/core';
import { hash } from 'node:crypto';

const TERMS: Terms = {
  manual: false,
  afterLapse: 'reexecute',
  leaseMs: 60_000,
  keepMs: 3_600_000,
  waitMs: 0,
  holdAtMostMs: 3_600_000,
  transactional: false,
};
const HEADERS = [['content-type', 'application/json; charset=utf-8']] as const;
const FINGERPRINT = hash('sha256', 'what was asked', 'base64url' as 'hex');
const SAMPLE = 20_000;

function slotOf(key: number): string {
  return hash('sha256', `slot of key ${key}`, 'base64url' as 'hex');
}

/** One request with `key` and what it cost, apart from the digest of its slot, in microseconds. */
async function request(engine: Engine, key: number, bodyBytes: number): Promise<number> {
  const identity = { slot: slotOf(key), fingerprint: FINGERPRINT };
  const began = process.hrtime.bigint();
  await engine.run(identity, TERMS, async (turn) => {
    if (turn.kind !== 'execute') return;
    await turn.attempt.keep({
      kind: 'answer',
      fingerprint: FINGERPRINT,
      answer: { status: 201, headers: HEADERS, body: Buffer.alloc(bodyBytes) },
    });
  });
  return Number(process.hrtime.bigint() - began) / 1e3;
}

function memory(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function bytesPerRecord(records: number, bodyBytes: number): Promise<number> {
  const storage = new MemoryStorage({ maxRecords: records + 1, maxBytes: Infinity });
  const engine = new Engine(pair(storage, new MemoryLock()));
  await request(engine, -1, bodyBytes);
  const before = memory();
  for (let key = 0; key < records; key++) await request(engine, key, bodyBytes);
  const bytes = (memory() - before) / records;
  if (storage.size !== records + 1) throw new Error(`The storage holds ${storage.size} records, not ${records + 1}.`);
  return bytes;
}

interface Step {
  readonly keys: number;
  readonly firstMicros: number;
  readonly replayMicros: number;
  readonly slowestMicros: number;
}

/** The median request around each number of kept records, and the slowest one on the way there. */
async function growth(sizes: readonly number[]): Promise<readonly Step[]> {
  const engine = new Engine(pair(new MemoryStorage({ maxRecords: Infinity, maxBytes: Infinity }), new MemoryLock()));
  const steps: Step[] = [];
  let keys = 0;
  for (const size of sizes) {
    let slowestMicros = 0;
    while (keys < size - SAMPLE) slowestMicros = Math.max(slowestMicros, await request(engine, keys++, 64));
    const firstMicros = await median(() => request(engine, keys++, 64));
    let turn = 0;
    const replayMicros = await median(() => request(engine, (turn++ * 7919) % keys, 64));
    steps.push({ keys, firstMicros, replayMicros, slowestMicros });
  }
  return steps;
}

async function median(measure: () => Promise<number>): Promise<number> {
  const micros = new Float64Array(SAMPLE);
  for (let i = 0; i < SAMPLE; i++) micros[i] = await measure();
  return micros.sort()[SAMPLE >> 1] ?? Number.NaN;
}

await bytesPerRecord(20_000, 1024);
const withBody = await bytesPerRecord(50_000, 1024);
const steps = await growth([20_000, 100_000, 300_000, 1_000_000]);
process.send?.({ overheadBytes: withBody - 1024, steps });
process.disconnect();
