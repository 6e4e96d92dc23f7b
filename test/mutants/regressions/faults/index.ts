/** What was found in 0.1 by those who tried it: the kinds of faults, and their causes. */
import { CALLBACKS_FAULTS, callbacksFaults } from './callbacks.js';
import { HANDLER_FAULTS, handlerFaults } from './handler.js';
import { IDENTITY_FAULTS, identityFaults } from './identity.js';
import { KNOWN_FAULTS, knownFaults } from './known.js';
import { LATE_FAULTS, lateFaults } from './late.js';
import { LEFT_FAULTS, leftFaults } from './left.js';
import { SILENCE_FAULTS, silenceFaults } from './silence.js';
import { SPOKEN_FAULTS, spokenFaults } from './spoken.js';
import { STORES_FAULTS, storesFaults } from './stores.js';
import { TOLD_FAULTS, toldFaults } from './told.js';
import { TOOLS_FAULTS, toolsFaults } from './tools.js';
import { TRANSACTIONS_FAULTS, transactionsFaults } from './transactions.js';
import { WIRE_FAULTS, wireFaults } from './wire.js';
import type { Regression } from '../regression.js';

/** One row for each fault, and one at least for a further input of its kind. */
export const FAULTS: readonly string[] = [
  ...HANDLER_FAULTS,
  ...KNOWN_FAULTS,
  ...LATE_FAULTS,
  ...SPOKEN_FAULTS,
  ...CALLBACKS_FAULTS,
  ...TRANSACTIONS_FAULTS,
  ...TOOLS_FAULTS,
  ...LEFT_FAULTS,
  ...IDENTITY_FAULTS,
  ...WIRE_FAULTS,
  ...SILENCE_FAULTS,
  ...STORES_FAULTS,
  ...TOLD_FAULTS,
];

export const faults: readonly Regression[] = [
  ...handlerFaults,
  ...knownFaults,
  ...lateFaults,
  ...spokenFaults,
  ...callbacksFaults,
  ...transactionsFaults,
  ...toolsFaults,
  ...leftFaults,
  ...identityFaults,
  ...wireFaults,
  ...silenceFaults,
  ...storesFaults,
  ...toldFaults,
];
