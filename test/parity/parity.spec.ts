/** The observed behaviour of the original, and where this library departs from it, on both platforms. */
import { fileURLToPath } from 'node:url';
import { type Platform, PLATFORMS } from './app.js';
import { readCases } from './format.js';
import { type Outcome, playAll } from './play.js';

const casesOf = (file: string) => readCases(fileURLToPath(new URL(file, import.meta.url)));
const cases = [...(await casesOf('cases.json')), ...(await casesOf('departures.json'))];
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
