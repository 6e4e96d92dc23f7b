/** A client as it should be: sends, and sends again with the same key until it is answered. Everything is written down. */
import { createHash, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import type { HistoryEvent } from '../../proof/history.js';
import type { Operation } from './subject.js';

export interface Sending extends Operation {
  readonly path: string;
  /** Which execution a body tells of. */
  valueIn(body: string): string;
  readonly mayBeUndone: boolean;
  /** Where to send: any process that is alive at the moment. */
  port(): number | undefined;
  write(event: HistoryEvent): void;
  /** Resolves `false` when the campaign gives up on whoever is not answered. */
  pause(ms: number): Promise<void>;
}

/** Statuses by which a client is told to try again: 408 by an impatient interceptor, the others by the library. */
const REFUSALS = new Set([408, 409, 503]);

/** Nothing was carried out: what was answered already was undone. */
const isRolledBack = ({ status, body }: Answer): boolean =>
  status === 500 && (JSON.parse(body) as { reason?: unknown }).reason === 'rolled-back';
const ANSWER_WITHIN_MS = 15_000;
const GIVE_UP_AFTER_MS = 120_000;

/** Rejects when it is answered by something else than the answer or a refusal, or not at all for two minutes. */
export async function sendUntilAnswered({ key, body, path, valueIn, mayBeUndone, port, write, pause }: Sending): Promise<void> {
  const until = Date.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    if (Date.now() > until) throw new Error(`The key ${key} was not answered for two minutes: it is stuck.`);
    const to = port();
    if (to === undefined) {
      await pause(20);
      continue;
    }
    const id = randomUUID();
    write({ kind: 'invoke', at: Date.now(), id, key });
    const answer = await send(to, path, key, body);
    const at = Date.now();
    if (!answer) {
      write({ kind: 'gone', at, id, key });
    } else if (answer.status === 201) {
      const value = valueIn(answer.body);
      const digest = createHash('sha256')
        .update(JSON.stringify([answer.status, answer.type, answer.body]))
        .digest('hex');
      write({ kind: 'answer', at, id, key, value, digest });
      return;
    } else if (REFUSALS.has(answer.status) || (mayBeUndone && isRolledBack(answer))) {
      write({ kind: 'refusal', at, id, key, status: answer.status });
    } else throw new Error(`A client was answered by ${answer.status}: ${answer.body}`);
    await pause(30);
  }
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** `undefined` when the connection ended before the answer was whole. */
function send(port: number, path: string, key: string, body: object): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const gone = (): void => resolve(undefined);
    const headers = { 'content-type': 'application/json', 'idempotency-key': `"${key}"`, connection: 'close' };
    const options = { host: '127.0.0.1', port, path, method: 'POST', headers, timeout: ANSWER_WITHIN_MS };
    const sent = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', gone);
      response.on('close', gone);
      response.on('end', () => {
        if (!response.complete) return gone();
        const type = response.headers['content-type'] ?? '';
        resolve({ status: response.statusCode ?? 0, type, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.on('error', gone);
    sent.on('timeout', () => sent.destroy());
    sent.end(JSON.stringify(body));
  });
}
