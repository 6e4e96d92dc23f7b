/** Which operation, whose, and what was asked: the faults C of 0.1. */
import { type Regression } from '../regression.js';

export const IDENTITY_FAULTS: readonly string[] = [];

export const identityFaults: readonly Regression[] = [];
