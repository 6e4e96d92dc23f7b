/** Protocols that lack one rule, and the promise that each of them breaks; and those of ours that must hold. */
import type { Promised } from './invariants.js';
import { ours, type Protocol } from './protocol.js';
import { ourTransactions, type TransactionalProtocol } from './transactions.js';

/** A protocol that must fail. */
export interface Variant<P> {
  readonly name: string;
  readonly without: Partial<P>;
  readonly breaks: Promised;
  /** The fewest deliveries with which it shows. */
  readonly deliveries: number;
}

/** Leases without one of their rules. */
export const brokenLeases: readonly Variant<Protocol>[] = [
  { name: 'looks, and then claims without excluding', without: { claimExcludes: false }, breaks: 'S3', deliveries: 2 },
  { name: 'does not look again after the claim', without: { looksAfterClaim: false }, breaks: 'S5', deliveries: 2 },
  { name: 'releases without a token', without: { releaseNeedsToken: false }, breaks: 'S3', deliveries: 3 },
  { name: 'renews without a token', without: { renewNeedsToken: false }, breaks: 'S3', deliveries: 2 },
  { name: 'overwrites a record', without: { writesOnce: false }, breaks: 'S1', deliveries: 2 },
  { name: 'releases before it saves', without: { savesBeforeRelease: false }, breaks: 'S5', deliveries: 2 },
  { name: 'gives the lease up when a save failed', without: { keepsLeaseOnFailedSave: false }, breaks: 'S5', deliveries: 2 },
  { name: 'lets a late holder answer its own', without: { lateHolderAnswersRecord: false }, breaks: 'S2', deliveries: 2 },
  {
    name: 'replays to another fingerprint',
    without: { comparesFoundFingerprint: false, lastAsksOtherwise: true },
    breaks: 'S4',
    deliveries: 2,
  },
  {
    name: 'answers a late holder with the record of another fingerprint',
    without: { comparesToldFingerprint: false, lastAsksOtherwise: true },
    breaks: 'S4',
    deliveries: 2,
  },
  { name: 'forgets lapses', without: { countsLapses: false }, breaks: 'S7', deliveries: 2 },
  { name: 'releases a claim whose answer was lost', without: { afterFailedOpen: 'release' }, breaks: 'S7', deliveries: 3 },
];

/** Transactions without one of their rules. */
export const brokenTransactions: readonly Variant<TransactionalProtocol>[] = [
  { name: 'commits the effect before the record', without: { commitsTogether: false }, breaks: 'S6', deliveries: 1 },
  {
    name: 'neither excludes nor writes once',
    without: { excludes: false, writesOnce: false },
    breaks: 'S1',
    deliveries: 2,
  },
  {
    name: 'keeps a second effect when the slot was taken',
    without: { excludes: false, rollsBackWhenTaken: false },
    breaks: 'S6',
    deliveries: 2,
  },
  {
    name: 'looks before it locks and overwrites',
    without: { looksAfterLock: false, writesOnce: false },
    breaks: 'S1',
    deliveries: 2,
  },
];

/** Ours, with the settings under which all promises must hold. */
export const soundLeases: readonly { readonly name: string; readonly protocol: Protocol; readonly isLong?: true }[] = [
  { name: 'leases', protocol: ours },
  { name: 'leases, outcome unknown after a lapse', protocol: { ...ours, afterLapse: 'unknown' } },
  { name: 'leases, one delivery asks otherwise', protocol: { ...ours, lastAsksOtherwise: true }, isLong: true },
  { name: 'leases, a failed open is left to lapse', protocol: { ...ours, afterFailedOpen: 'lapse' }, isLong: true },
  { name: 'leases, late messages', protocol: { ...ours, messagesStray: true }, isLong: true },
  {
    name: 'leases, late messages, unknown after a lapse, one asks otherwise',
    protocol: { ...ours, messagesStray: true, afterLapse: 'unknown', lastAsksOtherwise: true },
    isLong: true,
  },
];

/** Transactions, also with one of the two guards gone: the other one alone keeps every promise. */
export const soundTransactions: readonly { readonly name: string; readonly protocol: TransactionalProtocol }[] = [
  { name: 'transactions', protocol: ourTransactions },
  { name: 'transactions without the lock', protocol: { ...ourTransactions, excludes: false } },
  { name: 'transactions that look before they lock', protocol: { ...ourTransactions, looksAfterLock: false } },
];
