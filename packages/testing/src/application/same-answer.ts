/** Whether a retry heard what the first request heard. */
import assert from 'node:assert/strict';
import type { Received } from './exchange.js';

/** How two answers are compared. */
export interface Comparison {
  /** The status by which a replay is answered, where it is not the first one: 409 in the `classic` profile. */
  readonly replayStatus?: number;
  /** Headers that must be equal. Default: those that describe the body, and `location` and `link`. */
  readonly headers?: readonly string[];
}

const HEADERS = ['content-type', 'content-language', 'content-disposition', 'location', 'link'];

/** Throws an AssertionError that names what differs. */
export function sameAnswer(first: Received, retry: Received, { replayStatus, headers = HEADERS }: Comparison): void {
  const asked = replayStatus === undefined ? '' : `, and \`replayStatus\` is ${String(replayStatus)}`;
  assert.ok(
    retry.status === (replayStatus ?? first.status),
    `the retry was answered with ${String(retry.status)}, the first request with ${String(first.status)}${asked}`,
  );
  for (const name of headers) assert.deepEqual(retry.headers[name], first.headers[name], `the retry has another ${name}`);
  assert.ok(retry.body.equals(first.body), `the retry has another body: ${preview(retry)} instead of ${preview(first)}`);
}

const preview = ({ body }: Received): string => `${String(body.length)} bytes ${JSON.stringify(body.toString('utf8', 0, 80))}`;
