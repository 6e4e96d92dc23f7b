/**
 * Imported before an application, of which nothing knows it is watched: names each moment of a request's path at which something can be
 * seen from outside, and kills the process at the one it is armed for. Between two of them a process only computes, so a kill at any
 * other await of the path leaves behind what a kill at one of these does.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { CRASH_VARIABLE, type FromProcess } from './crash-protocol.js';

type AnyFunction = (...args: unknown[]) => unknown;

const [armed, nth] = (process.env[CRASH_VARIABLE] ?? '').split(':');
const seen = new Set<string>();
const tell = (message: FromProcess): void => void process.send?.(message);
let left = Number(nth);

/** How often each statement was sent in this turn of the request. */
const turn = new AsyncLocalStorage<Map<string, number>>();

/** Dies as by `kill -9` if it is armed for this moment: nothing is flushed, nothing is closed. */
function reached(point: string): void {
  if (!seen.has(point)) tell({ point });
  seen.add(point);
  if (point === armed && --left === 0) process.kill(process.pid, 'SIGKILL');
}

/** The library's statements, by what they are for. */
const OURS: readonly (readonly [RegExp, string])[] = [
  [/idempotency_open|claimed AS/, 'claim'],
  [/^(?:INSERT INTO \S+ AS r|UPDATE \S+ AS r SET record)|saved AS/, 'record'],
  [/replaced AS/, 'rendered record'],
  [/AS renewed/, 'renew'],
  [/gone AS/, 'release'],
  [/AS leased/, 'look'],
  [/^LISTEN/, 'listen'],
  [/advisory_lock_shared/, 'wait'],
];

function nameOf(statement: unknown, counts: Map<string, number>): string {
  const text = (typeof statement === 'string' ? statement : String((statement as { text?: unknown }).text)).trim();
  const ours = OURS.find(([pattern]) => pattern.test(text))?.[1];
  const name = ours ?? text.split(/[\s(]+/, 2).join(' ');
  // A duplicate that was woken begins anew, so that its points do not depend on how often it was.
  if (name === 'BEGIN' || name === 'claim') counts.clear();
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  return ours !== undefined || count === 1 ? name : `${name} ${count}`;
}

/** Each statement of a request is three points: not yet sent, sent, and replied to. */
const query = Reflect.get(pg.Client.prototype, 'query') as AnyFunction;
function watchedQuery(this: pg.Client, ...args: unknown[]): unknown {
  const counts = turn.getStore();
  if (!counts) return query.apply(this, args);
  const point = nameOf(args[0], counts);
  reached(`before ${point}`);
  const replied = (): void => reached(`${point} replied`);
  const last = args.at(-1);
  if (typeof last === 'function')
    args[args.length - 1] = (...results: unknown[]): unknown => {
      replied();
      return (last as AnyFunction)(...results);
    };
  const result = query.apply(this, args);
  // The driver writes at the end of the tick.
  setImmediate(() => reached(`${point} sent`));
  if (typeof last !== 'function') void (result as Promise<unknown>).then(replied, replied);
  return result;
}
Reflect.set(pg.Client.prototype, 'query', watchedQuery);

function watchAnswer(response: ServerResponse): void {
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
  response.end = ((...args: unknown[]) => {
    reached('before answer');
    const ended = end(...args);
    reached('answer written');
    return ended;
  }) as ServerResponse['end'];
  response.once('finish', () => reached('answer sent'));
}

const emit = Reflect.get(Server.prototype, 'emit') as AnyFunction;
function watchedEmit(this: Server, event: unknown, ...args: unknown[]): unknown {
  if (event === 'listening') tell({ port: (this.address() as AddressInfo).port });
  const [request, response] = args as [IncomingMessage?, ServerResponse?];
  if (event !== 'request' || request?.method !== 'POST' || !response) return emit.call(this, event, ...args);
  return turn.run(new Map(), () => {
    reached('request');
    watchAnswer(response);
    return emit.call(this, event, ...args);
  });
}
Reflect.set(Server.prototype, 'emit', watchedEmit);

// A parent that was killed itself leaves nobody to end this.
process.once('disconnect', () => process.exit(0));
