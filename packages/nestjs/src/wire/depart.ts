/** Sends an answer over a response on which a framework was about to send something else, and makes the framework's words void. */
import type { Answer } from '@nestjs-idempotency/core';
import { fitted } from './fit.js';
import { Hooked } from './hooked.js';
import { Leaving, SILENCE } from './leaving.js';
import type { Line } from './line.js';
import { type Headers, isReply, type PlatformResponse, setHeader, takeOff } from './platform.js';
import { mayHaveSendHooks } from './send-hooks.js';
import { voidWays } from './ways.js';

/** They say where a message ends, and are ours: two that differ would let a body be read as a message of its own. */
const FRAMING = new Set(['content-length', 'transfer-encoding', 'trailer']);

/** What leaves, and where. */
export interface Departure {
  readonly line: Line;
  readonly platform: PlatformResponse;
  readonly answer: Answer;
  /** Headers besides those of the answer, which win over them. */
  readonly extra: Answer['headers'];
  /** The headers of others on the response; left out where all that stand there now are theirs. */
  readonly standing?: Headers;
  /** Which of them leave with the answer, if it has none of that name. */
  readonly stays: (header: string) => boolean;
}

/**
 * Sends the answer of `departure`; on Fastify by way of the application's hooks, if there are any. All that the framework says from now on is dropped.
 * The promise, if there is one, settles when hooks and middleware that go on later have let it go, or the client has left: nobody
 * should speak before. Throws an `UnsendableAnswerError` before anything has changed.
 */
export function depart(departure: Departure): void | Promise<void> {
  const { line, platform, answer, extra } = departure;
  const { removed = [] } = answer;
  const stays = (name: string): boolean => !FRAMING.has(name) && !removed.includes(name) && departure.stays(name);
  const headers = fitted(answer, extra);
  line.valve = undefined;
  if (line.isHeadOut) {
    follow(line, answer);
    over(line, platform);
    return undefined;
  }
  const { response } = line;
  const hooked = isReply(platform) && !platform.sent && mayHaveSendHooks(platform) ? platform : undefined;
  // Nobody else will take over to the wire what stands on a reply.
  const isOurs = isReply(platform) && hooked === undefined;
  const now = platform.getHeaders();
  const { standing = now } = departure;
  for (const name in now) if (standing[name] === undefined || !stays(name)) takeOff(platform, name);
  // Also what Node would put on by itself: a date.
  for (const name of removed) takeOff(platform, name);
  for (const name in standing) {
    const value = standing[name];
    if (value === undefined || !stays(name)) continue;
    if (value !== now[name]) setHeader(platform, name, value);
    if (isOurs) response.setHeader(name, value);
  }
  for (const [name, value] of headers) {
    // What a reply has of its own would hide, from hooks that run later, what has left.
    if (isOurs && now[name] !== undefined) platform.removeHeader(name);
    if (isOurs) response.setHeader(name, value);
    else setHeader(platform, name, value);
  }
  // HTTP/2 has no reason phrase, and warns of one.
  if (!('stream' in response) && response.statusMessage) response.statusMessage = '';
  response.statusCode = answer.status;
  if (hooked === undefined) new Leaving(line, answer).go();
  else new Hooked(line, hooked, answer, headers).go();
  line.guardHeaders();
  if (line.isEnded || line.isGone) {
    over(line, platform);
    return undefined;
  }
  if (!isReply(platform)) voidWays(platform, line.shared);
  return new Promise((resolve) => {
    const done = (): void => {
      over(line, platform);
      resolve();
    };
    response.once('finish', done);
    response.once('close', done);
  });
}

function over(line: Line, platform: PlatformResponse): void {
  line.valve = SILENCE;
  line.guardHeaders();
  voidWays(platform, line.shared);
}

/** A middleware has sent the head before: the body can follow if it was given after that very head; another answer cannot be said. */
function follow(line: Line, { status, body }: Answer): void {
  const { response, before } = line;
  if (line.isEnded) return;
  const length = response.getHeader('content-length');
  const isFitting = response.statusCode === status && (length === undefined || Number(length) === body.byteLength);
  if (isFitting) before.end.call(response, body);
  else response.destroy();
}
