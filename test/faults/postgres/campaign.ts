/** Kills processes under load until there are enough kills, then compares what clients were told with what is in the tables. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromPool, migrate } from '@nestjs-idempotency/postgres';
import pg from 'pg';
import { judge, type Judgement } from '../../proof/check-history.js';
import { type HistoryEvent, historyWriter, readHistory } from '../../proof/history.js';
import { startPostgres } from '../../servers/postgres.js';
import { bundleApp } from './bundle.js';
import { chanceFrom } from './chance.js';
import { sendUntilAnswered } from './client.js';
import { CRASH_POINTS } from './crash.js';
import { Fleet } from './fleet.js';
import { ACCOUNTS, BALANCE } from './terms.js';

export interface Campaign {
  readonly mode: 'transactional' | 'plain';
  readonly kills: number;
  readonly seed: number;
  /** Processes at once. */
  readonly processes: number;
  /** Keys at once. */
  readonly clients: number;
  /** Where the history is left; a folder that is deleted by default. */
  readonly history?: string;
  onProgress?(kills: number): void;
}

export interface CampaignFigures extends Judgement {
  readonly mode: Campaign['mode'];
  readonly seed: number;
  readonly kills: number;
  readonly killedAt: ReadonlyMap<string, number>;
  readonly refusals: number;
  readonly gone: number;
  /** Keys with more than one order. */
  readonly duplicates: number;
  /** Answers that name an order that is not there. */
  readonly lost: number;
  /** Whether every account holds what the orders say. */
  readonly isBalanced: boolean;
  readonly seconds: number;
}

export async function runCampaign(campaign: Campaign): Promise<CampaignFigures> {
  const { mode, kills, seed, processes, clients, onProgress } = campaign;
  const began = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'campaign-'));
  const lapses = join(folder, 'lapses.jsonl');
  writeFileSync(lapses, '');
  const history = campaign.history ?? join(folder, 'history.jsonl');
  writeFileSync(history, '');
  const write = historyWriter(history);
  const server = await startPostgres({ maxConnections: 200 });
  const app = await bundleApp();
  const url = await server.database();
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  const chance = chanceFrom(seed);
  let fleet: Fleet | undefined;
  try {
    await makeTables(pool);
    const env = { PATH: process.env['PATH'], NODE_ENV: 'production', DATABASE_URL: url, LAPSES: lapses, MODE: mode };
    fleet = new Fleet({ program: app.program, size: processes, env, points: CRASH_POINTS[mode], chance, kills });
    const running = fleet;
    const port = (): number | undefined => (running.ports.length > 0 ? chance.of(running.ports) : undefined);
    const pause = (ms: number): Promise<void> => new Promise((again) => setTimeout(again, chance.upTo(2 * ms)));
    const client = async (): Promise<void> => {
      while (running.kills < kills) {
        const key = randomUUID();
        const from = 1 + chance.upTo(ACCOUNTS);
        const body = { from, to: 1 + (from % ACCOUNTS), amount: 1 + chance.upTo(100) };
        const sending = { key, body, port, write, pause };
        // Up to three at once, and often one more when all are answered: it must be told the same.
        await Promise.all(Array.from({ length: 1 + chance.upTo(3) }, () => sendUntilAnswered(sending)));
        if (chance.upTo(2) === 0) await sendUntilAnswered(sending);
        onProgress?.(running.kills);
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    await running.stop();
    return await compare(campaign, pool, running, history, lapses, (performance.now() - began) / 1_000);
  } finally {
    await fleet?.stop();
    await pool.end();
    await server.stop();
    app.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makeTables(pool: pg.Pool): Promise<void> {
  await migrate(fromPool(pool));
  await pool.query(`CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL);
    CREATE TABLE orders (id uuid PRIMARY KEY, key text NOT NULL, slot text NOT NULL,
      source int NOT NULL, target int NOT NULL, amount int NOT NULL, made timestamptz NOT NULL DEFAULT clock_timestamp());
    INSERT INTO accounts SELECT id, ${BALANCE} FROM generate_series(1, ${ACCOUNTS}) AS id`);
}

async function compare(
  { mode, seed }: Campaign,
  pool: pg.Pool,
  fleet: Fleet,
  history: string,
  lapses: string,
  seconds: number,
): Promise<CampaignFigures> {
  const orders = await pool.query<{ id: string; key: string; slot: string; at: string }>(
    'SELECT id, key, slot, floor(extract(epoch FROM made) * 1000) AS at FROM orders ORDER BY made',
  );
  const keyOf = new Map(orders.rows.map(({ slot, key }) => [slot, key]));
  const write = historyWriter(history);
  for (const { id, key, at } of orders.rows) write({ kind: 'effect', at: Number(at), key, value: id });
  for (const line of readFileSync(lapses, 'utf8').split('\n')) {
    if (line === '') continue;
    const { at, slot } = JSON.parse(line) as { at: number; slot: string };
    const key = keyOf.get(slot);
    // A lapse of a key without any effect excuses nothing.
    if (key !== undefined) write({ kind: 'lapse', at, key });
  }
  const events = readHistory(history);
  const judgement = judge(events, mode === 'transactional' ? 'once' : 'once-and-lapses');
  const ofKind = (kind: HistoryEvent['kind']): number => events.filter((event) => event.kind === kind).length;
  const made = new Set(orders.rows.map(({ id }) => id));
  const told = new Set(events.flatMap((event) => (event.kind === 'answer' ? [event.value] : [])));
  return {
    ...judgement,
    mode,
    seed,
    kills: fleet.kills,
    killedAt: fleet.killedAt,
    refusals: ofKind('refusal'),
    gone: ofKind('gone'),
    duplicates: orders.rows.length - keyOf.size,
    lost: [...told].filter((id) => !made.has(id)).length,
    isBalanced: mode === 'plain' || (await isBalanced(pool)),
    seconds,
  };
}

async function isBalanced(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query(
    `SELECT id FROM accounts WHERE balance <> ${BALANCE}
      + coalesce((SELECT sum(amount) FROM orders WHERE target = accounts.id), 0)
      - coalesce((SELECT sum(amount) FROM orders WHERE source = accounts.id), 0)`,
  );
  return rows.length === 0;
}
