/** All causes that are put back. */
import { answerRegressions } from './answers.js';
import { bodyRegressions } from './bodies.js';
import { faults } from './faults/index.js';
import { keyRegressions } from './keys.js';
import { leaseRegressions } from './leases.js';
import { momentRegressions } from './moments.js';
import { recordRegressions } from './records.js';
import type { Regression } from './regression.js';
import { storeRegressions } from './stores.js';

export const regressions: readonly Regression[] = [
  ...answerRegressions,
  ...momentRegressions,
  ...leaseRegressions,
  ...keyRegressions,
  ...bodyRegressions,
  ...recordRegressions,
  ...storeRegressions,
  ...faults,
];
