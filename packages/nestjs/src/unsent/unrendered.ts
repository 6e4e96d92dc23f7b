/** What a handler gave that was never rendered: as a record, and given again in the handler's place. */
import * as nest from '@nestjs/common';
import type { Answer, Json, UnrenderedRecord } from '@nestjs-idempotency/core';
import { survivesJson } from './json-value.js';

/** The form of values kept over HTTP: JSON of the status, the handler's headers and the value. */
const HTTP_FORM = 'http';

/** What stood on the response when the handler was over. */
export interface Around {
  readonly fingerprint: string;
  readonly status: number;
  readonly headers: Answer['headers'];
  readonly removed?: Answer['removed'];
  /** A longer value is not kept. */
  readonly maxBytes: number;
}

/** What is given again: the handler's value or what it threw, with what it had set on the response. */
export interface GivenAgain {
  readonly status: number | undefined;
  readonly headers: Answer['headers'];
  readonly removed?: Answer['removed'];
  /** Gives what the handler gave: returns or throws. */
  readonly give: () => unknown;
}

/** What an exception of Nest has; one with more may be seen otherwise by filters than what would come back of it. */
const KNOWN = new Set<PropertyKey>(['response', 'status', 'options', 'message', 'name', 'stack', 'cause', 'errorCode']);

/** `value` as a record; `undefined` where it would not come back as it is. Never throws. */
export function recordOfValue(
  value: unknown,
  { fingerprint, status, headers, removed, maxBytes }: Around,
): UnrenderedRecord | undefined {
  if (value !== undefined && !survives(value)) return undefined;
  const bytes = Buffer.from(JSON.stringify({ status, headers, removed, value }));
  return bytes.byteLength > maxBytes ? undefined : { kind: 'value', fingerprint, form: HTTP_FORM, bytes };
}

/**
 * `error` as a record, if it is an exception of Nest itself; `undefined` for all others, and for one with a cause or with properties
 * of the application, of which nobody knows what filters see in them. Never throws.
 */
export function recordOfError(error: unknown, { fingerprint, headers, removed, maxBytes }: Around): UnrenderedRecord | undefined {
  if (!(error instanceof nest.HttpException) || classNamed(error.constructor.name) !== error.constructor) return undefined;
  const { errorCode, cause } = error as { readonly errorCode?: unknown; readonly cause?: unknown };
  if (cause !== undefined || !Reflect.ownKeys(error).every((key) => KNOWN.has(key))) return undefined;
  const response = error.getResponse();
  if (!survives(response) || !survives(errorCode ?? null)) return undefined;
  const data = {
    status: error.getStatus(),
    response,
    headers: headers.map(([name, value]) => [name, value]),
    removed,
    errorCode,
  };
  if (Buffer.byteLength(JSON.stringify(data)) > maxBytes) return undefined;
  const { name } = error.constructor;
  return { kind: 'failure', fingerprint, name, message: error.message, data: JSON.parse(JSON.stringify(data)) as Json };
}

/** What `record` gives again; `undefined` where it was not written by a version that this one can read. */
export function givenAgain(record: UnrenderedRecord): GivenAgain | undefined {
  return record.kind === 'value' ? valueAgain(record) : failureAgain(record);
}

function valueAgain({ form, bytes }: UnrenderedRecord & { readonly kind: 'value' }): GivenAgain | undefined {
  if (form !== HTTP_FORM) return undefined;
  let kept: unknown;
  try {
    kept = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
  if (!isKept(kept)) return undefined;
  const { status, headers, removed, value } = kept as Kept & { readonly value?: unknown };
  return { status, headers, removed, give: () => value };
}

function isKept(kept: unknown): kept is Kept {
  if (typeof kept !== 'object' || kept === null) return false;
  const { status, headers, removed = [] } = kept as Readonly<Record<keyof Kept, unknown>>;
  const isHeader = (header: unknown): boolean => Array.isArray(header) && header.every((part) => typeof part === 'string');
  const areNames = Array.isArray(removed) && removed.every((name) => typeof name === 'string');
  return Number.isInteger(status) && Array.isArray(headers) && headers.every(isHeader) && areNames;
}

interface Kept {
  readonly status: number;
  readonly headers: Answer['headers'];
  readonly removed?: Answer['removed'];
}

function failureAgain({ name, message, data }: UnrenderedRecord & { readonly kind: 'failure' }): GivenAgain | undefined {
  const type = classNamed(name);
  if (type === undefined || !isKept(data)) return undefined;
  const kept = data as unknown as Kept & { readonly response: string | object; readonly errorCode?: string };
  const give = (): never => {
    const error = new nest.HttpException(kept.response, kept.status, { errorCode: kept.errorCode } as object);
    Object.setPrototypeOf(error, type.prototype as object);
    throw Object.assign(error, { name, message });
  };
  return { status: undefined, headers: kept.headers, removed: kept.removed, give };
}

/** What cannot even be looked at does not survive. */
function survives(value: unknown): boolean {
  try {
    return survivesJson(value);
  } catch {
    return false;
  }
}

/** Nest's own exception of this name. */
function classNamed(name: string): { readonly prototype: unknown } | undefined {
  const found = (nest as unknown as Readonly<Record<string, unknown>>)[name];
  const isException =
    found === nest.HttpException || (typeof found === 'function' && found.prototype instanceof nest.HttpException);
  return isException ? (found as unknown as { readonly prototype: unknown }) : undefined;
}
