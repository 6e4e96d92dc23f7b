/**
 * The decision of a request: what becomes of its slot, given how far its handler came and what left for the client. Pure and total;
 * this table is the only place where it is decided.
 */

/**
 * How far the handler came, as it told itself. `unknown`: it ran, and how it ended cannot be told, as it was run past its seam, or broke
 * at a response that somebody else had answered.
 */
export type Progress = 'idle' | 'running' | 'returned' | 'threw' | 'unknown';

/** What the client was given of it. While a handler runs, only what it wrote itself is 'answer'; all else is 'nothing' of it. */
export type Rendered =
  /** Nothing that was rendered is of this handler, or nothing was. `storable`: what it returned or threw can be kept as it is. */
  | { readonly kind: 'nothing'; readonly storable: boolean }
  /** What it returned or threw, as all that stands outside rendered it, whole. */
  | { readonly kind: 'answer' }
  /** It returned, and somebody behind it made an error of that. */
  | { readonly kind: 'error' }
  /** Its answer, longer than is kept. */
  | { readonly kind: 'too-large' }
  /** Its answer, cut. */
  | { readonly kind: 'broken' };

/** What becomes of the slot; in a transaction 'release' is a rollback, and all others but 'wait' commit. */
export type Fate = 'wait' | 'release' | 'keep-answer' | 'keep-unrendered' | 'tombstone';

/** The fate of what the policy keeps, and of what it does not. The policy is asked only where they differ. */
export interface Ruling {
  readonly kept: Fate;
  readonly otherwise: Fate;
}

export interface Terms {
  readonly transactional: boolean;
  readonly manual: boolean;
}

const both = (fate: Fate): Ruling => ({ kept: fate, otherwise: fate });
const ifKept = (kept: Fate): Ruling => ({ kept, otherwise: 'release' });

const WAIT = both('wait');
const RELEASE = both('release');
const ANSWERED_EARLY: Ruling = { kept: 'keep-answer', otherwise: 'wait' };
const KEEP_ANSWER = ifKept('keep-answer');
const KEEP_UNRENDERED = ifKept('keep-unrendered');
const BURY_IF_KEPT = ifKept('tombstone');
const BURY = both('tombstone');

/**
 * A handler that never began leaves nothing, one that runs on holds its slot. What ran and has no answer of its own leaves a tombstone, so that
 * it does not run again, but for a manual handler, whose kept answer a tombstone never replaces. In a transaction what threw, or was
 * not answered as it should, is undone instead.
 */
export function rulingOn(progress: Progress, rendered: Rendered, { transactional, manual }: Terms): Ruling {
  const buriedIfKept = manual ? RELEASE : BURY_IF_KEPT;
  if (progress === 'idle') return RELEASE;
  if (progress === 'running') return rendered.kind === 'answer' && !transactional ? ANSWERED_EARLY : WAIT;
  if (progress === 'unknown') return transactional || manual ? RELEASE : BURY;
  if (progress === 'threw' && transactional) return RELEASE;
  switch (rendered.kind) {
    case 'answer':
      return KEEP_ANSWER;
    case 'error':
      return transactional || manual ? RELEASE : BURY;
    case 'broken':
      return transactional ? RELEASE : buriedIfKept;
    case 'too-large':
      return buriedIfKept;
    case 'nothing':
      return rendered.storable ? KEEP_UNRENDERED : buriedIfKept;
  }
}

/** What stands at the wire may leave before the fate is known: it takes nothing back, and promises nothing that may be undone. */
export function mayLeave(status: number, { transactional }: Terms): boolean {
  return !transactional || status >= 400;
}
