/** The same protocol in Promela, checked by Spin where it is installed or can be: two models written apart agree. */
import { describe, expect, it } from '@jest/globals';
import { PROMELA_VARIANTS, searchWithSpin, spinVersion } from './spin.js';

const MINUTE_MS = 60_000;

(spinVersion() === undefined ? describe.skip : describe)('Spin (apt-get install spin gcc libc6-dev)', () => {
  it(
    'finds no broken promise in any state of three deliveries',
    () => {
      const { states, violated } = searchWithSpin(3);
      expect(violated).toBeUndefined();
      expect(states).toBeGreaterThan(1_000_000);
    },
    MINUTE_MS,
  );

  // The others are run by `npm run prove`: the compiler takes longer than the search.
  it.each(['RELEASE_WITHOUT_TOKEN', 'RELEASE_ON_FAILED_OPEN'] as const)(
    'finds the broken promise of %s',
    (macro) => {
      expect(searchWithSpin(3, macro).violated).toContain(PROMELA_VARIANTS[macro]);
    },
    MINUTE_MS,
  );
});
