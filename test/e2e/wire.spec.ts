/** Answers of every kind, given once by a handler and once from what was kept, compared byte for byte on both platforms. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AnswersController, runs } from './wire/answers.controller.js';
import { ask, valuesOf, type Seen } from './wire/ask.js';
import { PLATFORMS, start, type Running } from './wire/platforms.js';
import { shop } from './wire/shop.js';

/** Headers that belong to the answer, as a client sees them. */
function belonging({ headers }: Seen): string[] {
  const own = /^(location|content-(?!length)|etag|last-modified|link|cache-control|expires|vary|retry-after|x-app)/;
  return headers.filter(([name]) => own.test(name)).map(([name, value]) => `${name}: ${value}`);
}

const ROUTES = [
  'object',
  'array',
  'string',
  'empty-string',
  'number',
  'zero',
  'false',
  'null',
  'nothing',
  'no-content',
  'reset-content',
  'http-code',
  'buffer',
  'typed-array',
  'file',
  'file-of-stream',
  'node-stream',
  'web-stream',
  'web-response',
  'web-response-empty',
  'generator',
  'generator-of-objects',
  'res',
  'res-late',
  'res-raw',
  'res-twice',
  'res-pipe',
  'passthrough',
  'headers',
  'redirect',
  'redirect-chosen',
  'render',
  'observable',
  'observable-many',
  'refused',
  'failed',
  'failed-later',
  'filtered',
  'serialised-outside',
  'serialised-inside',
  'early-hints',
  'large',
];

describe.each(PLATFORMS)('on %s', (platform) => {
  let plain: Running;
  let kept: Running;

  beforeAll(async () => {
    plain = await start(platform, shop(AnswersController));
    kept = await start(platform, shop(AnswersController, {}));
  });

  afterAll(async () => {
    await plain.close();
    await kept.close();
  });

  it.each(ROUTES)('%s: the replay equals the first answer, and the first answer is what Nest gives without us', async (route) => {
    const bare = await ask(`${plain.url}/${route}`);
    const headers = { 'idempotency-key': randomUUID() };
    const first = await ask(`${kept.url}/${route}`, headers);
    const ran = runs;
    kept.log.lines.length = 0;
    const second = await ask(`${kept.url}/${route}`, headers);

    expect(first.status).toBe(bare.status);
    expect(first.headers.map(([name]) => name).sort()).toEqual(bare.headers.map(([name]) => name).sort());
    expect(second.body.equals(first.body)).toBe(true);
    expect(second.status).toBe(first.status);
    expect(belonging(second).sort()).toEqual(belonging(first).sort());
    expect(runs).toBe(ran);
    expect(kept.log.lines).toEqual([]);
  });

  it('what belongs to one response alone does not come back', async () => {
    const headers = { 'idempotency-key': randomUUID(), origin: 'https://shop.example' };
    const [first, second] = [await ask(`${kept.url}/headers`, headers), await ask(`${kept.url}/headers`, headers)];
    const names = (seen: Seen): string[] => [...new Set(seen.headers.map(([name]) => name))];
    const lost = names(first).filter((name) => !names(second).includes(name));
    expect(lost.sort()).toEqual(['x-ratelimit-remaining', 'x-request-id']);
    expect(names(second)).toEqual(expect.arrayContaining(['access-control-allow-origin', 'x-hook', 'date']));

    const cookie = { 'idempotency-key': randomUUID() };
    expect(valuesOf(await ask(`${kept.url}/passthrough`, cookie), 'set-cookie')).toEqual(['a=1', 'b=2']);
    expect(valuesOf(await ask(`${kept.url}/passthrough`, cookie), 'set-cookie')).toEqual([]);
  });
});
