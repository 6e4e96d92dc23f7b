/** When a handler is over, and what it answered: the faults A of 0.1. */
import { type Regression } from '../regression.js';

export const HANDLER_FAULTS: readonly string[] = [];

export const handlerFaults: readonly Regression[] = [];
