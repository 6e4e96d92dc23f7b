/** The peer ranges say what `npm run test:drivers` runs: they begin at a version that is run, end before the next major, and their newest is run. */
import { describe, expect, it } from '@jest/globals';
import { published } from '../architecture/workspace.js';
import { ROWS } from './rows.js';

const DRIVEN = ['cache-manager', 'redis', 'postgres'].map((name) => `@nestjs-idempotency/${name}`);
const peers = published()
  .filter(({ manifest }) => DRIVEN.includes(manifest.name))
  .flatMap(({ manifest }) => Object.entries(manifest.peerDependencies ?? {}))
  // Nest is run by the suite, and by `npm run test:nest11`.
  .filter(([name]) => !name.startsWith('@nestjs/'));

it('has rows for every driver, and for no other', () => {
  expect(new Set(ROWS.map(({ name }) => name))).toEqual(new Set(peers.map(([name]) => name)));
});

describe.each(peers)('%s as %s', (name, range) => {
  const asked = ROWS.filter((row) => row.name === name).map((row) => row.asked);

  it.each(range.split(' || '))('begins with what is run, ends, and the newest of it is run: %s', (part) => {
    const [, caret, from] = /^(?:\^(\S+)|>=(\S+) <\d+(?:\.\d+){2})$/.exec(part) ?? [];
    const lowest = caret ?? from ?? '';
    expect(asked).toContain(lowest);
    // Under 1.0 a caret ends before the next minor.
    const line = (caret?.startsWith('0.') ? /^\d+\.\d+/ : /^\d+/).exec(lowest)?.[0] ?? '';
    // A line, whose newest is taken, or the newest by its number where a newer one cannot be installed.
    const newest = asked.filter((version) => version === line || (version !== lowest && version.startsWith(`${line}.`)));
    expect(newest).not.toEqual([]);
  });
});
