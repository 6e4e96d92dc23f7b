/** From a reason to an HTTP answer: the only file with a 4xx in it. Long because every sentence that we tell a client stands here. */
import { HttpException } from '@nestjs/common';
import { type Answer, branded, type Refusal } from '@nestjs-idempotency/core';

/** Why a request was neither run nor replayed. */
export type Reason =
  | 'key-missing'
  | 'key-invalid'
  | 'body-refused'
  | 'body-too-large'
  | 'callback-failed'
  | 'key-reused'
  | 'in-progress'
  | 'answer-not-kept'
  | 'outcome-unknown'
  | 'record-unreadable'
  | 'conflict'
  | 'rolled-back'
  | 'store-unavailable'
  | 'store-full';

/** The reason behind each refusal of the verdict. */
export const REASONS: Readonly<Record<Refusal, Reason>> = {
  mismatch: 'key-reused',
  running: 'in-progress',
  unkept: 'answer-not-kept',
  unknown: 'outcome-unknown',
  unreadable: 'record-unreadable',
  full: 'store-full',
};

interface Meaning {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** Whether the same request may succeed when it is sent again unchanged. */
  readonly retryable: boolean;
}

const MEANINGS: Readonly<Record<Reason, Meaning>> = {
  'key-missing': {
    status: 400,
    title: 'Idempotency-Key is missing',
    detail:
      'This operation is idempotent and it requires correct usage of the idempotency key header. Send a new key with each operation, and the same key with each retry of it.',
    retryable: false,
  },
  'key-invalid': {
    status: 400,
    title: 'Idempotency-Key is not valid',
    detail: 'The key header cannot be read as a key.',
    retryable: false,
  },
  'body-refused': {
    status: 400,
    title: 'The request body cannot be identified',
    detail: 'The body cannot be looked into, so that a retry cannot be told from another request.',
    retryable: false,
  },
  'body-too-large': {
    status: 413,
    title: 'The request body is too large to be identified',
    detail: 'The body is too large to tell a retry from another request.',
    retryable: false,
  },
  'callback-failed': {
    status: 500,
    title: 'The request cannot be identified',
    detail: 'The server failed to tell whose request it is. Nothing of it was carried out.',
    retryable: false,
  },
  'key-reused': {
    status: 422,
    title: 'Idempotency-Key is already used',
    detail: 'This key was sent before with another request. Send a new key with a new operation.',
    retryable: false,
  },
  'in-progress': {
    status: 409,
    title: 'A request is outstanding for this Idempotency-Key',
    detail: 'A request with this key is still being processed. Retry later with the same key to get its answer.',
    retryable: true,
  },
  'answer-not-kept': {
    status: 409,
    title: 'The answer to this Idempotency-Key was not kept',
    detail: 'The request was carried out, but its answer could not be kept. It is not carried out again; look up its result.',
    retryable: false,
  },
  'outcome-unknown': {
    status: 409,
    title: 'The outcome for this Idempotency-Key is unknown',
    detail: 'A request with this key was begun, and nobody knows how it ended. It is not carried out again; look up its result.',
    retryable: false,
  },
  'record-unreadable': {
    status: 409,
    title: 'The answer to this Idempotency-Key cannot be read',
    detail: 'The request was carried out, but its kept answer cannot be read. It is not carried out again; look up its result.',
    retryable: false,
  },
  conflict: {
    status: 409,
    title: 'The request lost against a concurrent one',
    detail: 'Nothing of it was carried out. Retry it with the same key.',
    retryable: true,
  },
  'rolled-back': {
    status: 500,
    title: 'The request was undone',
    detail: 'The application failed after it had answered, and all that it did was rolled back.',
    retryable: false,
  },
  'store-unavailable': {
    status: 503,
    title: 'Idempotency cannot be guaranteed at the moment',
    detail: 'The request was not carried out, or its outcome is to be asked for with the same key. Retry it with the same key.',
    retryable: true,
  },
  'store-full': {
    status: 503,
    title: 'No new Idempotency-Key can be taken at the moment',
    detail: 'The request was not carried out, as there is no room to keep its answer. Retry it later with the same key.',
    retryable: true,
  },
};

/** What is told of a handler that ended its transaction itself. */
export const ENDED_BY_ITSELF =
  'The application ended the transaction of this request itself, so what it did may stand. It is not carried out again; look up its result.';

/** When to come back if nothing better is known. */
const RETRY_AFTER_MS = 1_000;
/** Room comes with the end of what is kept, not at once. */
const ROOM_AFTER_MS = 30_000;

export interface ProblemStyle {
  readonly errors: 'framework' | 'problem';
  readonly runningStatus: number;
  readonly runningRetryAfter: boolean;
  readonly baseUrl: string;
}

/** What an answer of ours says, before it is an exception or bytes. */
export interface Problem {
  readonly reason: Reason;
  readonly status: number;
  /** Whether the same request may succeed when it is sent again unchanged. */
  readonly retryable: boolean;
  /** What happened, in a sentence. */
  readonly detail: string;
  /** True of the refusal, whoever renders it. */
  readonly headers: Answer['headers'];
  /** True of `body` alone: on a response of another body they would lie. */
  readonly bodyHeaders: Answer['headers'];
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * A refusal of ours, for exception filters to tell from others. `reason` is stable, `message` says what happened; the body is a problem
 * or Nest's own shape. Only where it is rendered as it stands does the response become a problem by its headers, too.
 */
export class IdempotencyException extends HttpException {
  static {
    branded(this, 'IdempotencyException');
  }

  constructor(
    readonly reason: Reason,
    readonly problem: Problem,
  ) {
    super(problem.body, problem.status);
    // Nest makes one of the name of the class where the body has none.
    this.message = problem.detail;
  }
}

/** The answer to a request that is refused for `reason`. */
export function problemOf(reason: Reason, style: ProblemStyle, more: { detail?: string; retryAfterMs?: number } = {}): Problem {
  const meaning = MEANINGS[reason];
  const { retryable } = meaning;
  const status = reason === 'in-progress' ? style.runningStatus : meaning.status;
  const detail = more.detail ?? meaning.detail;
  const headers: [string, string][] = [];
  const silent = reason === 'in-progress' && !style.runningRetryAfter;
  const retryAfterMs = retryable
    ? Math.max(more.retryAfterMs ?? (reason === 'store-full' ? ROOM_AFTER_MS : RETRY_AFTER_MS), 1)
    : undefined;
  if (retryAfterMs !== undefined && !silent) headers.push(['Retry-After', String(Math.ceil(retryAfterMs / 1_000))]);
  const type = `${style.baseUrl}#${reason}`;
  const said = { reason, status, retryable, detail, headers };
  if (style.errors === 'framework') {
    return { ...said, bodyHeaders: [], body: { statusCode: status, error: meaning.title, message: detail, reason } };
  }
  const bodyHeaders = [
    ['Content-Type', 'application/problem+json'],
    ['Content-Language', 'en'],
    ['Link', `<${type}>; rel="describedby"; type="text/html"`],
  ] as const;
  const body = { type, title: meaning.title, status, detail, reason, retryable };
  return {
    ...said,
    bodyHeaders,
    body: retryAfterMs === undefined ? body : { ...body, retryAfterMs: Math.ceil(retryAfterMs) },
  };
}

/** A problem as the answer that leaves in the place of a handler's, past Nest. */
export function answerOf({ status, headers, bodyHeaders, body }: Problem): Answer {
  const listed = [...headers, ...bodyHeaders].map(([name, value]) => [name.toLowerCase(), value] as const);
  const typed = listed.some(([name]) => name === 'content-type')
    ? listed
    : [...listed, ['content-type', 'application/json; charset=utf-8'] as const];
  return { status, headers: typed, body: Buffer.from(JSON.stringify(body)) };
}
