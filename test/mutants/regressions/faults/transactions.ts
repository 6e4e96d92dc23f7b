/** Transactions: the faults B of 0.1. */
import { type Regression } from '../regression.js';

export const TRANSACTIONS_FAULTS: readonly string[] = [];

export const transactionsFaults: readonly Regression[] = [];
