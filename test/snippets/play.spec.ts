/** Every block of every document is run as it stands: applications are started and asked, sessions played, tests handed to Jest. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { layGround, type PostgresGround } from '../postgres/ground.js';
import { generatePrismaClient } from '../postgres/prisma/generate.js';
import { someRedis } from '../servers/redis.js';
import { allBlocks, placeOf } from './blocks.js';
import { wrongCommands } from './commands.js';
import { missingFiles } from './drawing.js';
import { isPlayed, play } from './plan.js';
import { type Way, wayOf } from './ways.js';
import { Workshop } from './workshop.js';

const blocks = allBlocks();
// Before anything is written: it throws for a block that nobody knows how to run.
blocks.forEach(wayOf);
// Each application listens where there is room, and a page's client is told where.
const workshop = new Workshop(blocks, await generatePrismaClient(), (text) =>
  text.replaceAll("'https://api.example", "process.env['ORIGIN'] + '").replaceAll('listen(3000)', 'listen(0)'),
);

describe('each block that is played', () => {
  let ground: PostgresGround;
  let redis: Awaited<ReturnType<typeof someRedis>>;
  let failures: Map<string, string>;
  beforeAll(async () => {
    [ground, redis] = await Promise.all([layGround(), someRedis()]);
    await ground.outside.query('CREATE TABLE orders (id serial PRIMARY KEY, item text NOT NULL)');
    const secret = randomBytes(32).toString('base64');
    failures = await play(blocks, workshop, {
      PORT: '0',
      DATABASE_URL: ground.url,
      REDIS_URL: redis.url,
      SEAL_2026_11: secret,
      SEAL_2026_05: secret,
    });
    // Some thirty applications are started for it, and the machine may be busy.
  }, 120_000);
  afterAll(async () => {
    workshop[Symbol.dispose]();
    await ground.stop();
    await redis.stop();
  });

  it.each(blocks.filter(isPlayed).map(placeOf))('%s does what it says', (place) => {
    expect(failures.get(place)).toBeUndefined();
  });
});

const inWay = (way: Way) => blocks.filter((block) => wayOf(block) === way).map((block) => [placeOf(block), block.text] as const);

it.each(inWay('commands'))('%s: each command is one', async (_place, text) => {
  expect(await wrongCommands(text)).toEqual([]);
});

it.each(inWay('drawing'))('%s: each file is there', (_place, text) => {
  expect(missingFiles(text)).toEqual([]);
});

it('refuses a block of which nobody knows how to run it, with its place and the cure', () => {
  const block = { document: 'docs/page.md', line: 7, language: 'yaml', text: 'a: b\n', note: undefined };
  expect(() => wayOf(block)).toThrow(/^docs\/page\.md:7: nobody knows how to run a block of "yaml".*ways\.ts/);
  expect(() => wayOf({ ...block, language: 'json', note: 'something' })).toThrow('"json, something"');
});
