/** The observed behaviour of the original, on both platforms. */
import { fileURLToPath } from 'node:url';
import { type Platform, PLATFORMS } from './app.js';
import { readCases } from './format.js';
import { type Outcome, playAll } from './play.js';

const cases = await readCases(fileURLToPath(new URL('cases.json', import.meta.url)));
const outcomes = new Map<string, Outcome>();
const nameOf = (platform: Platform, id: string): string => `${platform} ${id}`;

beforeAll(async () => {
  for (const platform of PLATFORMS) {
    for await (const outcome of playAll(platform, cases)) outcomes.set(nameOf(platform, outcome.id), outcome);
  }
}, 60_000);

describe.each(PLATFORMS)('on %s', (platform) => {
  it.each(cases.map(({ id, title }) => [id, title]))('%s: %s', (id) => {
    expect(outcomes.get(nameOf(platform, id))?.differences).toEqual([]);
  });
});
