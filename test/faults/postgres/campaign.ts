/** Kills processes of an application under load, at every point of its path and anywhere, until there are enough kills. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { historyWriter } from '../../proof/history.js';
import { startPostgres } from '../../servers/postgres.js';
import { bundleApp } from './bundle.js';
import { chanceFrom } from './chance.js';
import { sendUntilAnswered } from './client.js';
import { compare, type Comparison } from './compare.js';
import { Fleet } from './fleet.js';
import type { Subject } from './subject.js';
import { tourOf } from './tour.js';

export interface Campaign {
  readonly subject: Subject;
  readonly kills: number;
  readonly seed: number;
  /** Processes at once. */
  readonly processes: number;
  /** Keys at once. */
  readonly clients: number;
  /** Kills at these points only, and nowhere else; by default at every point that an unharmed run comes to, and anywhere. */
  readonly onlyAt?: readonly string[];
  /** Where the history is left; a folder that is deleted by default. */
  readonly history?: string;
  onProgress?(kills: number): void;
}

export interface CampaignFigures extends Comparison {
  readonly subject: Subject;
  readonly seed: number;
  readonly kills: number;
  readonly killedAt: ReadonlyMap<string, number>;
  /** All points that were armed. */
  readonly points: readonly string[];
  /** Those of them at which no process died. */
  readonly missed: readonly string[];
  /** Points that only a harmed campaign comes to, such as after a deadlock. They were armed as well, when one had been seen. */
  readonly further: readonly string[];
  readonly seconds: number;
}

export async function runCampaign(campaign: Campaign): Promise<CampaignFigures> {
  const { subject, kills, seed, processes, clients, onlyAt, onProgress } = campaign;
  const began = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'campaign-'));
  const lapses = join(folder, 'lapses.jsonl');
  writeFileSync(lapses, '');
  const history = campaign.history ?? join(folder, 'history.jsonl');
  writeFileSync(history, '');
  const write = historyWriter(history);
  const server = await startPostgres({ maxConnections: 200 });
  const { program, remove } = await bundleApp(subject.entry, subject.broken);
  const url = await server.database();
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  const chance = chanceFrom(seed);
  let fleet: Fleet | undefined;
  try {
    const env = { PATH: process.env['PATH'], NODE_ENV: 'production', DATABASE_URL: url, LAPSES: lapses, ...subject.env };
    const pause = (ms: number): Promise<void> => new Promise((again) => setTimeout(again, chance.upTo(2 * ms)));
    const toured = await tourOf({ subject, program, env, pool, chance, write, pause });
    const points = onlyAt ?? toured;
    const isOnlyAtPoints = onlyAt !== undefined;
    const running = new Fleet({ program, size: processes, env, points, chance, kills, isOnlyAtPoints });
    fleet = running;
    const port = (): number | undefined => (running.ports.length > 0 ? chance.of(running.ports) : undefined);
    const client = async (): Promise<void> => {
      while (!running.isDone) {
        const { path, valueIn, mayBeUndone } = subject;
        const sending = { ...subject.operation(chance), path, valueIn, mayBeUndone, port, write, pause };
        // Up to three at once, and often one more when all are answered: it must be told the same.
        await Promise.all(Array.from({ length: 1 + chance.upTo(3) }, () => sendUntilAnswered(sending)));
        if (chance.upTo(2) === 0) await sendUntilAnswered(sending);
        onProgress?.(running.kills);
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    await running.stop();
    return {
      ...(await compare(subject, pool, history, lapses)),
      ...{ subject, seed, points, missed: running.missed, further: running.further },
      ...{ kills: running.kills, killedAt: running.killedAt },
      seconds: (performance.now() - began) / 1_000,
    };
  } finally {
    await fleet?.stop();
    await pool.end();
    await server.stop();
    remove();
    rmSync(folder, { recursive: true, force: true });
  }
}
