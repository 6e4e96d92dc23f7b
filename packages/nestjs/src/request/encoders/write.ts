/** A parsed body as text: equal text for bodies that a handler cannot tell apart, different text for all others. */
import { digest } from './digest.js';
import { below, type FieldFilter } from './fields.js';
import { isPlainJson } from './plain-json.js';
import { BodyRefusedError } from './refusal.js';

/** How a body is written. */
export interface Writing {
  /** Whether the order of an object's keys is ignored. */
  readonly sorted: boolean;
  /** How many levels of nesting are read. */
  readonly maxDepth: number;
  readonly filter?: FieldFilter | undefined;
}

/**
 * JSON, with unquoted words that JSON does not have for what JSON cannot say: an infinite number, bytes, a BigInt, a Map, a Set.
 * Throws `BodyRefusedError` for what is nested too deeply or in a circle, and for what cannot be looked into: a function, a symbol, and an
 * object of a class that shows itself neither by being known here nor by a `toJSON` of its own.
 */
export function write(value: unknown, writing: Writing): string {
  if (!writing.sorted && writing.filter === undefined && isPlainJson(value, writing.maxDepth)) return JSON.stringify(value);
  return writeValue(value, writing.filter, writing, 0);
}

function writeValue(value: unknown, filter: FieldFilter | undefined, writing: Writing, depth: number): string {
  if (typeof value === 'object' && value !== null) {
    if (depth >= writing.maxDepth) throw new BodyRefusedError('too-deep');
    return writeObject(value, filter, writing, depth + 1);
  }
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'function' || typeof value === 'symbol') throw new BodyRefusedError('unseen');
  // Negative zero becomes `0`, as it does in JSON.
  return typeof value === 'bigint' ? `${value}n` : String(value);
}

function writeObject(value: object, filter: FieldFilter | undefined, writing: Writing, depth: number): string {
  if (Array.isArray(value)) return writeList(value, filter, writing, depth);
  // What JSON, forms and queries are parsed to; all else is rarer.
  return isPlain(value)
    ? writeFields(value as Record<string, unknown>, filter, writing, depth)
    : writeOther(value, filter, writing, depth);
}

/** Whether all of it lies in its own fields: its prototype is none, or one at the root, as of `{}` and of fast parsers in any realm. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype !== Object.prototype && prototype !== null && Object.getPrototypeOf(prototype) !== null) return false;
  return !rendersItself(value);
}

function writeOther(value: object, filter: FieldFilter | undefined, writing: Writing, depth: number): string {
  const inner = (inside: unknown): string => writeValue(inside, filter, writing, depth);
  if (ArrayBuffer.isView(value))
    return `${typeOf(value)}:${digest(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))}`;
  if (value instanceof ArrayBuffer) return `bytes:${digest(new Uint8Array(value))}`;
  if (value instanceof Map) return `map:${inner([...value])}`;
  if (value instanceof Set) return `set:${inner([...value])}`;
  if (value instanceof URLSearchParams) return `query:${inner(pairsOf(value, filter, writing.sorted))}`;
  if (value instanceof Date) return `date:${value.getTime()}`;
  if (rendersItself(value)) return `json:${inner(value.toJSON())}`;
  throw new BodyRefusedError('unseen');
}

/** Bytes are one whatever holds them; the same bytes as numbers of another kind are other numbers. */
function typeOf(view: ArrayBufferView): string {
  return view instanceof Uint8Array ? 'bytes' : Object.prototype.toString.call(view).slice(8, -1);
}

function pairsOf(query: URLSearchParams, filter: FieldFilter | undefined, sorted: boolean): [string, string][] {
  const pairs = [...query].filter(([name]) => below(filter, name) !== null);
  return sorted ? pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)) : pairs;
}

function writeList(list: readonly unknown[], filter: FieldFilter | undefined, writing: Writing, depth: number): string {
  // A form may name the millionth item of a list alone, and a list may have fields beside its items.
  if (Object.keys(list).length !== list.length)
    return `list:${list.length}${writeFields(list as unknown as Record<string, unknown>, filter, writing, depth)}`;
  let text = '';
  for (const item of list) text += `${text === '' ? '' : ','}${writeValue(item, filter, writing, depth)}`;
  return `[${text}]`;
}

function rendersItself(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

function writeFields(value: Record<string, unknown>, filter: FieldFilter | undefined, writing: Writing, depth: number): string {
  const names = Object.keys(value);
  if (writing.sorted) names.sort();
  let text = '';
  for (const name of names) {
    const rest = below(filter, name);
    if (rest === null) continue;
    text += `${text === '' ? '' : ','}${quoted(name)}:${writeValue(value[name], rest, writing, depth)}`;
  }
  return `{${text}}`;
}

const NOTHING_TO_ESCAPE = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

/** The same as `JSON.stringify`, which is slower where nothing is to be escaped. */
function quoted(text: string): string {
  return NOTHING_TO_ESCAPE.test(text) ? `"${text}"` : JSON.stringify(text);
}
