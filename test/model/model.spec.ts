/** The protocol, in every world that three deliveries, lapses, kills and lost replies can lead to. */
import { describe, expect, it } from '@jest/globals';
import { explore } from './explore.js';
import { leaseSpace } from './leases.js';
import { ours } from './protocol.js';
import { ourTransactions, transactionalSpace } from './transactions.js';
import { brokenLeases, brokenTransactions, soundLeases, soundTransactions } from './variants.js';

const MINUTE_MS = 60_000;

describe('every promise holds in every world of three deliveries with', () => {
  it.each(soundLeases.filter(({ isLong }) => !isLong))(
    '$name',
    ({ protocol }) => {
      const { worlds, broken } = explore(leaseSpace(3, protocol));
      expect(broken).toBeUndefined();
      expect(worlds).toBeGreaterThan(20_000);
    },
    MINUTE_MS,
  );

  it.each(soundTransactions)('$name', ({ protocol }) => {
    const { worlds, broken } = explore(transactionalSpace(3, protocol));
    expect(broken).toBeUndefined();
    expect(worlds).toBeGreaterThan(300);
  });
});

describe('every promise holds in every world of two deliveries with', () => {
  it.each(soundLeases)('$name', ({ protocol }) => {
    expect(explore(leaseSpace(2, protocol)).broken).toBeUndefined();
  });
});

describe('a protocol breaks its promise when it', () => {
  it.each(brokenLeases)('$name ($breaks)', ({ without, breaks, deliveries }) => {
    expect(explore(leaseSpace(deliveries, { ...ours, ...without })).broken?.promise).toBe(breaks);
  });

  it.each(brokenTransactions)('$name ($breaks)', ({ without, breaks, deliveries }) => {
    expect(explore(transactionalSpace(deliveries, { ...ourTransactions, ...without })).broken?.promise).toBe(breaks);
  });
});

it('tells a shortest way to what is broken, and refuses to call a search complete that was not', () => {
  const { broken } = explore(leaseSpace(2, { ...ours, lateHolderAnswersRecord: false }));
  expect(broken?.trace.at(-1)).toMatch(/releases/);
  expect(broken?.trace).toHaveLength(14);
  expect(() => explore(leaseSpace(2, ours), 100)).toThrow('not exhaustive');
});
