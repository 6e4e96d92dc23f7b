/** Compression around the library: outside of it on Express, inside of it on Fastify. */
import { randomUUID } from 'node:crypto';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AnswersController, runs } from './wire/answers.controller.js';
import { isSent } from './nest.js';
import { ask, valuesOf, type Seen } from './wire/ask.js';
import { PLATFORMS, start, type Running } from './wire/platforms.js';
import { shop } from './wire/shop.js';

const DECODERS: Record<string, (body: Buffer) => Buffer> = { gzip: gunzipSync, br: brotliDecompressSync };

/** The body as its application wrote it, and the coding in which it came. */
function read(seen: Seen): { coding: string; body: string } {
  const [coding = 'identity'] = valuesOf(seen, 'content-encoding');
  return { coding, body: (DECODERS[coding]?.(seen.body) ?? seen.body).toString('latin1') };
}

describe.each(PLATFORMS)('on %s', (platform) => {
  let running: Running;

  beforeAll(async () => {
    running = await start(platform, shop(AnswersController, { profile: 'classic' }), { compress: true });
  });

  afterAll(() => running.close());

  async function twice(route: string, first: string, second: string) {
    const key = { 'idempotency-key': randomUUID() };
    const one = read(await ask(`${running.url}/${route}`, { ...key, 'accept-encoding': first }));
    const ran = runs;
    const two = read(await ask(`${running.url}/${route}`, { ...key, 'accept-encoding': second }));
    expect(runs).toBe(ran);
    return [one, two];
  }

  it.each(['large', 'generator-large', 'res-pipe-text', 'passthrough'].filter((route) => isSent(route, platform)))(
    '%s: the replay is compressed as the first answer was',
    async (route) => {
      const [one, two] = await twice(route, 'gzip', 'gzip');
      expect(one?.coding).toBe(route === 'passthrough' ? 'identity' : 'gzip');
      expect(two).toEqual(one);
      expect(running.log.lines).toEqual([]);
    },
  );

  it.each(['br', 'gzip'])('an answer that left in %s is readable for a client that accepts none', async (coding) => {
    const [one, two] = await twice('large', coding, 'identity');
    expect(one?.coding).toBe(coding);
    expect(two).toEqual({ coding: 'identity', body: one?.body });
  });

  it('an answer that left as it was is readable for a client that accepts gzip', async () => {
    const [one, two] = await twice('large', 'identity', 'gzip');
    expect(one?.coding).toBe('identity');
    expect(two?.body).toBe(one?.body);
  });

  it('a short answer is not compressed in either', async () => {
    const [one, two] = await twice('res', 'gzip', 'gzip');
    expect(one?.coding).toBe('identity');
    expect(two).toEqual(one);
  });
});
