/** The sessions of the sample shop's page, played from top to bottom by a shell and its curl, as its readers play them. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { Shop } from '../e2e/shop.js';
import { startPostgres } from '../servers/postgres.js';
import { startRedis } from '../servers/redis.js';

interface Turn {
  readonly command: string;
  readonly shown: string;
}

const page = readFileSync(new URL('../../sample-app/README.md', import.meta.url), 'utf8');
const stops: (() => unknown)[] = [];
afterAll(async () => {
  for (const stop of stops) await stop();
});

/** The sessions under a heading, each a list of commands with what they print. */
function sessions(heading: string): Turn[][] {
  const [, section = ''] = page.split(new RegExp(`^## ${heading}.*$`, 'm'));
  const [text = ''] = section.split(/^## /m);
  return [...text.matchAll(/^```console\n(.*?)^```/gms)].map(([, session = '']) =>
    session
      .split(/^\$ /m)
      .slice(1)
      .map((turn) => {
        const [command = '', ...lines] = turn.trimEnd().split('\n');
        return { command, shown: lines.join('\n') };
      }),
  );
}

/** What differs each time: names of charges, and how long something took. */
const same = (text: string): string =>
  text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replaceAll(/\d+\.\d+s/g, 'SECONDS')
    .replaceAll(/[ \r]+$/gm, '')
    .trimEnd();

async function printed(command: string, shop: Shop): Promise<string> {
  const asked = command.replaceAll('localhost:3000', new URL(shop.url).host);
  // A connection that breaks is an error of curl, and what it says is on the page.
  const ended: unknown = await promisify(execFile)('bash', ['-c', asked]).catch((error: unknown) => error);
  return same((ended as { readonly stdout: string }).stdout);
}

function compare({ command, shown }: Turn, got: string): void {
  if (!shown.startsWith('HTTP/')) return expect(got).toBe(same(shown));
  // Headers of no interest are left out of the page.
  const [head = '', body = ''] = got.split('\n\n');
  const [shownHead = '', shownBody = ''] = shown.split('\n\n');
  for (const line of shownHead.split('\n')) expect(`${command}\n${head}`).toContain(line);
  expect(body).toBe(same(shownBody));
}

async function play(turns: readonly Turn[], shop: Shop): Promise<void> {
  for (const turn of turns) compare(turn, await printed(turn.command, shop));
}

/** Plays `turns`, of whose last one the shop is killed as soon as `isRunning` settles. */
async function playUntilKilled(turns: readonly Turn[], shop: Shop, isRunning: () => Promise<unknown>): Promise<void> {
  const last = turns.at(-1);
  await play(turns.slice(0, -1), shop);
  if (last === undefined) throw new Error('There is nothing to be killed.');
  const lost = printed(last.command, shop);
  await isRunning();
  await shop.close('SIGKILL');
  compare(last, await lost);
}

it.each(['An order', 'Twenty at once', 'A payment', 'A webhook'])('%s', async (heading) => {
  const found = sessions(heading);
  expect(found.length).toBeGreaterThan(0);
  await Shop.during({ OUTSIDE_MS: '1' }, (shop) => play(found.flat(), shop));
});

it('Killed between debit and credit', async () => {
  const postgres = await startPostgres();
  stops.push(() => postgres.stop());
  const environment = { DATABASE_URL: await postgres.database(), OUTSIDE_MS: '3000' };
  const [before = [], after = []] = sessions('Killed between');
  const client = new pg.Client({ connectionString: environment.DATABASE_URL });
  await client.connect();
  const debited = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
    AND state = 'idle in transaction' AND query LIKE 'UPDATE accounts SET cents = cents - %'`;
  await Shop.during(environment, (shop) =>
    playUntilKilled(before, shop, async () => {
      while ((await client.query(debited)).rowCount === 0);
    }),
  );
  await client.end();
  await Shop.during({ ...environment, PLATFORM: 'fastify' }, (shop) => play(after, shop));
}, 120_000);

it('Killed on Redis', async () => {
  const redis = await startRedis();
  stops.push(() => redis.stop());
  const environment = { REDIS_URL: redis.url };
  const [first = [], second = [], third = []] = sessions('Killed on Redis');
  await Shop.during({ ...environment, OUTSIDE_MS: '3000' }, (shop) =>
    playUntilKilled(first, shop, () => shop.until('/orders', (orders) => orders !== '[]')),
  );
  await Shop.during(environment, async (shop) => {
    await play(second, shop);
    await shop.close('SIGKILL');
  });
  await Shop.during(environment, (shop) => play(third, shop));
}, 120_000);
