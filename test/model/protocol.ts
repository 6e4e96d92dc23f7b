/** The rules that make the protocol what it is, each of which can be left out to see what breaks. */

/** One protocol. */
export interface Protocol {
  /** Of two who ask at once, one wins. */
  readonly claimExcludes: boolean;
  /** The slot is looked at again once the claim is won. */
  readonly looksAfterClaim: boolean;
  readonly releaseNeedsToken: boolean;
  readonly renewNeedsToken: boolean;
  readonly writesOnce: boolean;
  readonly savesBeforeRelease: boolean;
  /** A save that failed leaves the lease where it is. */
  readonly keepsLeaseOnFailedSave: boolean;
  /** A holder that finds the slot taken answers with what it holds. */
  readonly lateHolderAnswersRecord: boolean;
  /** A record of another fingerprint is refused when it is found, */
  readonly comparesFoundFingerprint: boolean;
  /** and when a save is told of it. */
  readonly comparesToldFingerprint: boolean;
  readonly countsLapses: boolean;
  /** What becomes of a claim that was perhaps won: it is left to lapse, released, or asked for again and released if it was the first. */
  readonly afterFailedOpen: 'lapse' | 'release' | 'reopen';
  readonly afterLapse: 'reexecute' | 'unknown';
  /** Messages whose sender stopped waiting may still arrive, at any later time. */
  readonly messagesStray: boolean;
  /** Whether one delivery asks for something else under the same key. */
  readonly lastAsksOtherwise: boolean;
}

/** The protocol of the library. */
export const ours: Protocol = {
  claimExcludes: true,
  looksAfterClaim: true,
  releaseNeedsToken: true,
  renewNeedsToken: true,
  writesOnce: true,
  savesBeforeRelease: true,
  keepsLeaseOnFailedSave: true,
  lateHolderAnswersRecord: true,
  comparesFoundFingerprint: true,
  comparesToldFingerprint: true,
  countsLapses: true,
  afterFailedOpen: 'reopen',
  afterLapse: 'reexecute',
  messagesStray: false,
  lastAsksOtherwise: false,
};
