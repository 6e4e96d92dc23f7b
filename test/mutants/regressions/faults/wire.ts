/** The wire: the faults D of 0.1. */
import { type Regression } from '../regression.js';

export const WIRE_FAULTS: readonly string[] = [];

export const wireFaults: readonly Regression[] = [];
