/** The raw response with a valve in its mouth: what a framework writes goes to the valve instead of the socket. */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { joinShared, sharedLineOf } from './shared-line.js';
import { type Methods, SEEN, standIns } from './stand-ins.js';
import type { Valve, Valved } from './valve.js';

/** Where a response keeps a line of its own. */
const LINE = Symbol('nestjs-idempotency:line');

type Patched = ServerResponse & { [LINE]: Line };

const OWN = standIns({
  valveOf: (response) => (response as Patched)[LINE].valve,
  before: (response) => (response as Patched)[LINE].before,
  above: (response) => (response as Patched)[LINE].above,
});

/** The line of `response`, if it has one. */
export function lineOf(response: ServerResponse): Line | undefined {
  return (response as Partial<Patched>)[LINE] ?? (sharedLineOf(response) as Line | undefined);
}

/** Listeners, one of each for all responses. */
function closed(this: ServerResponse): void {
  lineOf(this)?.valve?.clientLeft?.();
}

function piped(this: ServerResponse, source: Readable): void {
  lineOf(this)?.valve?.piped?.(source);
}

/**
 * A response and the methods that it had before its line, which may belong to a middleware: what leaves through them is what that
 * middleware sees, so compression stays outside. Stand-ins are put in their place, one set for all responses.
 */
export class Line implements Valved {
  valve: Valve | undefined;
  readonly before: Methods;
  /** The stand-ins on the prototype of all Express responses; `undefined` where this one has its own. */
  readonly shared: Methods | undefined;
  /** Where what the response says of itself is looked up past the stand-ins. */
  readonly above: object;
  #guardsHeaders = false;

  constructor(readonly response: ServerResponse) {
    const joined = joinShared(response, this);
    this.shared = joined?.standIns;
    this.above = joined?.before ?? (Object.getPrototypeOf(response) as object);
    this.before = joined?.before ?? this.#standIn();
  }

  /** Whether the head has left, whoever was told what. */
  get isHeadOut(): boolean {
    return Reflect.get(this.above, 'headersSent', this.response) === true;
  }

  /** Whether somebody ended the response itself, whoever was told what. */
  get isEnded(): boolean {
    return Reflect.get(this.above, 'writableEnded', this.response) === true;
  }

  /** Whether nothing that is written now reaches anybody. */
  get isGone(): boolean {
    const { destroyed, closed } = this.response;
    return destroyed || closed || (this.response as { stream?: { destroyed: boolean } }).stream?.destroyed === true;
  }

  /** From now on the valve is told that the response has closed. */
  hearClose(): void {
    const { response } = this;
    // Streams on Fastify come near the number of listeners at which Node warns of a leak: this, and that of whoever puts a gate on, come on top.
    response.setMaxListeners(response.getMaxListeners() + 2);
    response.on('close', closed);
  }

  /** From now on the valve is told what is piped into the response. */
  hearPipes(): void {
    this.response.on('pipe', piped);
  }

  /** From now on the valve is asked before a header changes, as Node refuses to change one that has left. */
  guardHeaders(): void {
    if (this.shared !== undefined || this.#guardsHeaders) return;
    this.#guardsHeaders = true;
    const { before } = this;
    const patched = this.response as unknown as Methods;
    before.setHeader = patched.setHeader;
    before.appendHeader = patched.appendHeader;
    before.removeHeader = patched.removeHeader;
    patched.setHeader = OWN.methods.setHeader;
    patched.appendHeader = OWN.methods.appendHeader;
    patched.removeHeader = OWN.methods.removeHeader;
  }

  #standIn(): Methods {
    const patched = this.response as unknown as Methods & { [LINE]: Line };
    const { writeHead, flushHeaders, write, end, setHeader, appendHeader, removeHeader } = patched;
    patched[LINE] = this;
    patched.writeHead = OWN.methods.writeHead;
    patched.flushHeaders = OWN.methods.flushHeaders;
    patched.write = OWN.methods.write;
    patched.end = OWN.methods.end;
    for (const name of SEEN) Object.defineProperty(this.response, name, OWN.seen[name]);
    return { writeHead, flushHeaders, write, end, setHeader, appendHeader, removeHeader };
  }
}
