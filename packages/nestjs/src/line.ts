/** The raw response with a valve in its mouth: what a framework writes goes to the valve instead of the socket. */
import type { ServerResponse } from 'node:http';

/** Called when a chunk has been taken over. */
export type Taken = (error?: Error | null) => void;

/** Takes what a framework writes, and says of the response what the framework would see had it left. */
export interface Valve {
  readonly begun: boolean;
  readonly ended: boolean;
  writeHead(args: readonly unknown[]): void;
  flushHeaders(): void;
  write(chunk: unknown, encoding: unknown, taken: Taken | undefined): boolean;
  end(chunk: unknown, encoding: unknown, taken: Taken | undefined): void;
  /** Whether headers may still change. Throws where Node would have. */
  admitsHeader(): boolean;
}

/** Where a response keeps its line. */
export const LINE = Symbol('nestjs-idempotency:line');

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Patched = { [name: string]: Method } & { [LINE]: Line };

/**
 * The methods that a response had before its line, which may belong to a middleware: what leaves through them is what that
 * middleware sees, so compression stays outside. The functions put in their place are shared, one set for all responses.
 */
export class Line {
  valve: Valve | undefined;
  readonly writeHead: Method;
  readonly flushHeaders: Method;
  readonly write: Method;
  readonly end: Method;
  declare setHeader: Method;
  declare appendHeader: Method;
  declare removeHeader: Method;

  constructor(readonly response: ServerResponse) {
    const patched = response as unknown as Patched;
    this.writeHead = patched['writeHead'] as Method;
    this.flushHeaders = patched['flushHeaders'] as Method;
    this.write = patched['write'] as Method;
    this.end = patched['end'] as Method;
    patched[LINE] = this;
    patched['writeHead'] = writeHead as Method;
    patched['flushHeaders'] = flushHeaders as Method;
    patched['write'] = write as Method;
    patched['end'] = end as Method;
    Object.defineProperty(response, 'headersSent', HEADERS_SENT);
    Object.defineProperty(response, 'writableEnded', WRITABLE_ENDED);
  }
}

function writeHead(this: Patched, ...args: unknown[]): unknown {
  const { valve, writeHead } = this[LINE];
  if (valve === undefined) return writeHead.apply(this, args);
  valve.writeHead(args);
  return this;
}

function flushHeaders(this: Patched): unknown {
  const { valve, flushHeaders } = this[LINE];
  return valve === undefined ? flushHeaders.call(this) : void valve.flushHeaders();
}

function write(this: Patched, chunk: unknown, encoding?: unknown, taken?: unknown): unknown {
  const { valve, write } = this[LINE];
  if (valve === undefined) return write.call(this, chunk, encoding, taken);
  if (typeof encoding === 'function') return valve.write(chunk, undefined, encoding as Taken);
  return valve.write(chunk, encoding, typeof taken === 'function' ? (taken as Taken) : undefined);
}

function end(this: Patched, chunk?: unknown, encoding?: unknown, taken?: unknown): unknown {
  const { valve, end } = this[LINE];
  if (valve === undefined) return end.call(this, chunk, encoding, taken);
  if (typeof chunk === 'function') valve.end(undefined, undefined, chunk as Taken);
  else if (typeof encoding === 'function') valve.end(chunk, undefined, encoding as Taken);
  else valve.end(chunk, encoding, typeof taken === 'function' ? (taken as Taken) : undefined);
  return this;
}

function own(name: 'headersSent' | 'writableEnded', seen: 'begun' | 'ended'): PropertyDescriptor {
  return {
    configurable: true,
    get(this: Patched): unknown {
      const { valve } = this[LINE];
      return valve === undefined ? Reflect.get(Object.getPrototypeOf(this) as object, name, this) : valve[seen];
    },
  };
}

const HEADERS_SENT = own('headersSent', 'begun');
const WRITABLE_ENDED = own('writableEnded', 'ended');

/** From now on the valve is asked before a header changes, as Node refuses to change one that has left. */
export function guardHeaders(line: Line): void {
  const patched = line.response as unknown as Patched;
  line.setHeader = patched['setHeader'] as Method;
  line.appendHeader = patched['appendHeader'] as Method;
  line.removeHeader = patched['removeHeader'] as Method;
  patched['setHeader'] = setHeader as Method;
  patched['appendHeader'] = appendHeader as Method;
  patched['removeHeader'] = removeHeader as Method;
}

function setHeader(this: Patched, name: unknown, value: unknown): unknown {
  const { valve, setHeader } = this[LINE];
  return valve?.admitsHeader() === false ? this : setHeader.call(this, name, value);
}

function appendHeader(this: Patched, name: unknown, value: unknown): unknown {
  const { valve, appendHeader } = this[LINE];
  return valve?.admitsHeader() === false ? this : appendHeader.call(this, name, value);
}

function removeHeader(this: Patched, name: unknown): void {
  const { valve, removeHeader } = this[LINE];
  if (valve?.admitsHeader() !== false) removeHeader.call(this, name);
}
