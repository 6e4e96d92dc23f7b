/** The peer ranges say what `npm run test:drivers` runs: they begin at a version that is run, and end before the next major. */
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

  it.each(range.split(' || '))('begins with what is run, and ends: %s', (part) => {
    const lowest = /^(?:\^(\S+)|>=(\S+) <\d+(?:\.\d+){2})$/.exec(part);
    expect(asked).toContain(lowest?.[1] ?? lowest?.[2]);
  });
});
