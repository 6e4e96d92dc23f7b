/** Kills and stops processes of a shop, and its Redis, under load, then judges what the clients were told. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { judge, type Judgement } from '../../proof/check-history.js';
import { readHistory } from '../../proof/history.js';
import { startRedis } from '../../servers/redis.js';
import { clientOf } from './client.js';
import { killAll, startShop, type Shop } from './shops.js';

export interface Campaign {
  /** How often something is done to a process or to Redis. */
  readonly blows: number;
  readonly processes: number;
  /** Clients at once; each goes on to the next key when it was answered. */
  readonly clients: number;
}

export interface CampaignFigures extends Judgement {
  readonly kills: number;
  readonly pauses: number;
  readonly restarts: number;
  /**
   * Keys whose client was answered while Redis was down, and whose lease ended before the save came through: another process ran,
   * and a later client was told what that one did. The library reported both, the failed save and the lapse.
   */
  readonly toldUnsaved: number;
  /** Rejections that nobody handled. */
  readonly unhandled: readonly string[];
}

const LEASE_MS = 600;

export async function runCampaign({ blows, processes, clients }: Campaign): Promise<CampaignFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'campaign-'));
  const history = join(folder, 'history');
  const redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
  const start = () => startShop({ redis: redis.url, history, leaseMs: LEASE_MS, paceMs: 40 });
  const shops = await Promise.all(Array.from({ length: processes }, start));
  const all = [...shops];
  const order = clientOf(history);
  let isOver = false;
  const figures = { kills: 0, pauses: 0, restarts: 0 };

  /** One key after the other: each is tried on any process until it is answered, and once more. */
  async function shopping(): Promise<void> {
    while (!isOver) {
      const key = randomUUID();
      for (let answers = 0; answers < 2;) {
        const told = await order(some(shops).port, key);
        if (told?.status === 201) answers++;
        else await pause(20);
      }
    }
  }

  async function strike(blow: number): Promise<void> {
    if (blow % 6 === 5) {
      figures.restarts++;
      await redis.kill();
      await pause(Math.random() * 300);
      await redis.restart();
    } else if (blow % 3 === 2) {
      figures.pauses++;
      const shop = some(shops);
      shop.pause();
      await pause(2 * LEASE_MS);
      shop.resume();
    } else {
      figures.kills++;
      const at = Math.floor(Math.random() * shops.length);
      await shops[at]?.kill();
      const next = await start();
      all.push(next);
      shops[at] = next;
    }
  }

  try {
    const shopped = Promise.all(Array.from({ length: clients }, shopping));
    for (let blow = 0; blow < blows; blow++) {
      await pause(Math.random() * 200);
      await strike(blow);
    }
    isOver = true;
    await shopped;
    const unhandled = all.flatMap((shop) => shop.faults.filter((fault) => fault.startsWith('unhandled')));
    const judgement = judge(readHistory(history), 'once-and-lapses');
    const unsaved = unsavedKeys(`${history}.faults`);
    const violations = judgement.violations.filter(({ promise, key }) => promise !== 'S2' || !unsaved.has(key));
    const toldUnsaved = judgement.violations.length - violations.length;
    return { ...judgement, violations, toldUnsaved, ...figures, unhandled };
  } finally {
    isOver = true;
    await killAll();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Keys for which the library told both that a save had failed and that a lease had lapsed. */
function unsavedKeys(path: string): Set<string> {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  const faults = lines.map((line) => JSON.parse(line) as { kind: string; key: string });
  const having = (kind: string) => new Set(faults.filter((fault) => fault.kind === kind).map(({ key }) => key));
  const lapsed = having('lapsed');
  return new Set([...having('save-failed')].filter((key) => lapsed.has(key)));
}

function some(shops: readonly Shop[]): Shop {
  return shops[Math.floor(Math.random() * shops.length)] as Shop;
}
