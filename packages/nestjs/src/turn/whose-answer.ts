/** Whose answer stands at the wire, and how far its handler came: what is known of the handler and of what stands inside, together. Pure. */
import { isForAnswered } from './late-answer.js';
import type { HandlerFacts } from './handler-run.js';
import type { Progress } from './ruling.js';

/** What is known of what stands between the handler and those outside; see `Chain`. */
export interface Inside {
  readonly isOver: boolean;
  readonly hasFailed: boolean;
  readonly isAhead: boolean;
  readonly isUnheard: boolean;
  readonly hasGiven: boolean;
  readonly hadGiven: boolean;
}

/** Of the chain before it has run. */
export const NOTHING_INSIDE: Inside = {
  isOver: false,
  hasFailed: false,
  isAhead: false,
  isUnheard: false,
  hasGiven: false,
  hadGiven: false,
};

/** An answer, and the handler that it may be of. */
export interface Question {
  readonly status: number;
  readonly facts: HandlerFacts;
  /** The route answers by itself, as one with `@Res()` does. */
  readonly byItself: boolean;
  /** It was begun in the async scope of such a handler. */
  readonly isByHandler: boolean;
}

export function isSuccess(status: number | undefined): boolean {
  return status !== undefined && status < 400;
}

/** Whether an error had left before a handler threw: what it threw came later, so that one is somebody else's, whatever it had given by then. */
export function isErrorBefore({ kind }: HandlerFacts, left: number | undefined, byItself: boolean): boolean {
  return kind === 'threw' && !byItself && left !== undefined && !isSuccess(left);
}

/** Whether what left while the handler ran, or was left unheard by those outside, is an answer of the handler. */
export function isOfHandler({ status, facts, byItself, isByHandler }: Question, inside: Inside): boolean {
  const { kind } = facts;
  if (byItself && isByHandler) return true;
  if (inside.isUnheard) return false;
  // Where its async scope was lost on the way, a success is taken for its own, as nobody else answers with one after it.
  if (byItself) return kind !== 'running' && (kind === 'threw' || status < 400);
  const { hasGiven, hadGiven, hasFailed, isOver, isAhead } = inside;
  if (hasGiven && !hasFailed) return !isErrorBefore(facts, status, byItself);
  // Who asked once more after the answer was given may show that one all the same; an error is then somebody else's.
  if (hadGiven && status < 400) return true;
  return kind !== 'running' && isOver && !isAhead;
}

/** Whether nobody outside has answered, nor somebody inside, but one who has the response: a middleware, or the handler itself. */
export function isAnsweredAround(question: Question, inside: Inside): boolean {
  return !inside.isUnheard && !inside.isOver && !isOfHandler(question, inside);
}

/**
 * Whether somebody behind a handler that returned has made an error of what it gave. Of one that answers by itself, of a success that it
 * said: `spoken` is the status that stood there, absent where it was not heard.
 */
export function isMadeError(
  { status, facts, byItself, isByHandler }: Question,
  inside: Inside,
  spoken: number | undefined,
): boolean {
  if (inside.hasFailed && !isByHandler) return true;
  if (isSuccess(status)) return false;
  if (byItself) return isSuccess(spoken);
  return facts.kind === 'returned' && status !== facts.status;
}

/**
 * How far a handler came. `isCalled`: Nest was about to call it. `answeredBefore`: somebody else's answer stood there, so that an error
 * of the handler may be about nothing but that. `hasLostSuccess`: it had said a success, which did not leave.
 */
export function progressOf(
  facts: HandlerFacts,
  isCalled: boolean,
  inside: Inside,
  { answeredBefore, hasLostSuccess }: { readonly answeredBefore: boolean; readonly hasLostSuccess: boolean },
): Progress {
  if (facts.kind === 'threw') return hasLostSuccess || (answeredBefore && isForAnswered(facts.error)) ? 'unknown' : 'threw';
  if (facts.kind !== 'idle') return facts.kind;
  // Pipes and inner interceptors may take their time before a handler begins.
  if (!inside.isOver) return 'running';
  return isCalled && !inside.hasFailed ? 'unknown' : 'idle';
}
