/** A route's policy in the form in which clients are told of it: the idempotency specification that draft-07, 2.5.2 asks for. Pure. */
import type { RoutePolicy } from '../settings/policy.js';
import { type Problem, problemOf, type Reason } from '../problems.js';

/** One answer of ours that a client may meet. */
export interface PublishedProblem {
  readonly reason: Reason;
  readonly status: number;
  /** Where it is described; also the `type` of a problem body. */
  readonly type: string;
  readonly title: string;
  readonly retryable: boolean;
}

/** What a client must know of a protected route. JSON. */
export interface PublishedPolicy {
  readonly route: string;
  /** Whether the handler runs for every request with a key, one at a time, and says itself what a retry is given; else it runs once. */
  readonly manual: boolean;
  readonly key: {
    readonly header: string;
    readonly required: boolean;
    readonly syntax: 'any' | 'lenient' | 'strict';
    readonly maxLength: number;
    /** 'uuid', a regular expression, or 'custom'; absent where every key of the syntax will do. */
    readonly format?: string;
  };
  /** How long an answer is replayed after it was given; after that, the key counts as new. */
  readonly retentionMs: number;
  /** The statuses of answers that are replayed, as ranges, where the status alone decides; another answer may be retried under its key. */
  readonly replayedStatuses: readonly string[];
  readonly replay: {
    /** 'first': the first answer's. */
    readonly status: number | 'first';
    readonly header?: string;
  };
  /** What a duplicate meets while the first request runs: it waits this long, or up to this long where it sends `Prefer: wait`. */
  readonly whileRunning: { readonly status: number; readonly waitMs: number; readonly preferWaitAtMostMs: number };
  /** What a retry does after its predecessor died without an answer. */
  readonly afterLapse: 'reexecute' | 'unknown' | 'recover';
  readonly problems: readonly PublishedProblem[];
}

const REASONS: readonly Reason[] = [
  'key-missing',
  'key-invalid',
  'body-refused',
  'body-too-large',
  'key-reused',
  'in-progress',
  'answer-not-kept',
  'outcome-unknown',
  'record-unreadable',
  'conflict',
  'rolled-back',
  'store-unavailable',
  'store-full',
];

/** What `policy` means for a client; `mayMismatch` says whether another request under a used key is refused. */
export function publishedPolicy(policy: RoutePolicy, mayMismatch: boolean): PublishedPolicy {
  const { header, keyRules, terms, manual, conflictStatus, replayHeaders, style, optional, recover, preferWaitAtMostMs } = policy;
  const format =
    keyRules.format && (keyRules.format instanceof RegExp ? keyRules.format.source : String(asWord(keyRules.format)));
  const possible = REASONS.filter((reason) => isPossible(reason, policy, mayMismatch));
  const replayHeader = replayHeaders[0]?.[0];
  return {
    route: policy.route,
    manual,
    key: {
      header,
      required: !optional,
      syntax: keyRules.syntax,
      maxLength: keyRules.maxLength,
      ...(format !== undefined && { format }),
    },
    retentionMs: terms.keepMs,
    replayedStatuses: keptStatuses(policy),
    replay: {
      status: manual ? 'first' : (conflictStatus ?? 'first'),
      ...(replayHeader !== undefined && { header: replayHeader }),
    },
    whileRunning: { status: style.runningStatus, waitMs: terms.waitMs, preferWaitAtMostMs },
    afterLapse: recover ? 'recover' : terms.afterLapse,
    problems: possible.map((reason) => publishedProblem(problemOf(reason, style), style.baseUrl)),
  };
}

function asWord(format: string | ((key: string) => boolean)): string {
  return typeof format === 'string' ? format : 'custom';
}

function isPossible(reason: Reason, { optional, manual, terms }: RoutePolicy, mayMismatch: boolean): boolean {
  if (reason === 'key-missing') return !optional;
  if (reason === 'key-reused') return mayMismatch;
  // A manual handler runs beside whatever is kept.
  if (reason === 'answer-not-kept') return !manual;
  // A transaction that its handler has ended itself.
  if (reason === 'outcome-unknown') return terms.afterLapse === 'unknown' || terms.transactional;
  if (reason === 'conflict' || reason === 'rolled-back') return terms.transactional;
  return true;
}

function publishedProblem({ reason, status, body, retryable }: Problem, baseUrl: string): PublishedProblem {
  return { reason, status, type: `${baseUrl}#${reason}`, title: String(body['title'] ?? body['error']), retryable };
}

/** The statuses that the route's rule keeps of what a handler returned, asked one by one. */
function keptStatuses({ keep }: RoutePolicy): string[] {
  const ranges: string[] = [];
  let from: number | undefined;
  for (let status = 200; status <= 600; status += 1) {
    const kept = status < 600 && asked(keep, status);
    if (kept) from ??= status;
    else if (from !== undefined) {
      ranges.push(from === status - 1 ? String(from) : `${from}-${status - 1}`);
      from = undefined;
    }
  }
  return ranges;
}

function asked(keep: RoutePolicy['keep'], status: number): boolean {
  try {
    return keep({ status, error: undefined });
  } catch {
    // A rule of the application's own that wants an error to look at: of a status alone it cannot say that it is kept.
    return false;
  }
}
