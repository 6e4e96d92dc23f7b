/** Sends an answer over a response on which a framework was about to send something else, and makes the framework's words void. */
import type { ServerResponse } from 'node:http';
import type { Answer } from '@nestjs-idempotency/core';
import { hasBody } from './answer.js';
import type { Line } from './line.js';
import type { PlatformResponse } from './platform.js';
import type { Taken, Valve } from './valve.js';
import { voidWays } from './ways.js';

function later(taken: Taken | undefined): void {
  if (taken !== undefined) process.nextTick(taken);
}

/** Lets nothing pass, and tells everyone that it has left. */
const SILENCE: Valve = {
  begun: true,
  ended: true,
  isVoid: true,
  writeHead: () => undefined,
  flushHeaders: () => undefined,
  write: (_chunk, _encoding, taken) => (later(taken), true),
  end: (_chunk, _encoding, taken) => later(taken),
  admitsHeader: () => false,
};

/** Sends `answer` with the headers of `extra`, next to those of the response that `stays` lets stand. The rest is dropped. */
export function depart(
  line: Line,
  platform: PlatformResponse,
  answer: Answer,
  extra: Answer['headers'],
  stays: (header: string) => boolean,
): void {
  line.valve = undefined;
  // Who answered before the gate was on stands outside of it, and has said all that is said.
  if (!line.response.headersSent) answerOver(line, platform, answer, extra, stays);
  line.valve = SILENCE;
  line.guardHeaders();
  voidWays(platform, line.shared);
}

function answerOver(
  { response, before }: Line,
  platform: PlatformResponse,
  answer: Answer,
  extra: Answer['headers'],
  stays: (header: string) => boolean,
): void {
  const standing = platform.getHeaders();
  for (const name of response.getHeaderNames()) if (!stays(name)) response.removeHeader(name);
  if (platform.raw !== undefined) {
    for (const name in standing) if (stays(name)) response.setHeader(name, standing[name] as string);
  }
  if (!('stream' in response) && response.statusMessage) response.statusMessage = '';
  response.statusCode = answer.status;
  setHeaders(response, answer.headers);
  setHeaders(response, extra);
  if (hasBody(answer.status)) response.setHeader('content-length', answer.body.byteLength);
  before.end.call(response, answer.body);
}

function setHeaders(response: ServerResponse, headers: Answer['headers']): void {
  const values = new Map<string, string | string[]>();
  for (const [name, value] of headers) {
    const known = values.get(name);
    values.set(name, known === undefined ? value : [known, value].flat());
  }
  for (const [name, value] of values) response.setHeader(name, value);
}
