/** A parsed body as text: equal text for bodies that a handler cannot tell apart, different text for all others. */
import { digest } from './digest.js';
import { below, type FieldFilter } from './fields.js';
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
 * Throws `BodyRefusedError` for what is nested too deeply or in a circle.
 */
export function write(value: unknown, writing: Writing): string {
  return writeValue(value, writing.filter, writing, 0);
}

function writeValue(value: unknown, filter: FieldFilter | undefined, writing: Writing, depth: number): string {
  if (typeof value === 'object' && value !== null) {
    if (depth >= writing.maxDepth) throw new BodyRefusedError('too-deep');
    return writeObject(value, filter, writing, depth + 1);
  }
  if (typeof value === 'string') return quoted(value);
  // Negative zero becomes `0`, as it does in JSON.
  return typeof value === 'bigint' ? `${value}n` : String(value);
}

function writeObject(value: object, filter: FieldFilter | undefined, writing: Writing, depth: number): string {
  if (Array.isArray(value)) return writeList(value, filter, writing, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  // What JSON, forms and queries are parsed to; all else is rarer.
  const isPlain = (prototype === Object.prototype || prototype === null) && !('toJSON' in value);
  return isPlain
    ? writeFields(value as Record<string, unknown>, filter, writing, depth)
    : writeOther(value, filter, writing, depth);
}

function writeOther(value: object, filter: FieldFilter | undefined, writing: Writing, depth: number): string {
  if (ArrayBuffer.isView(value)) return `bytes:${digest(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))}`;
  if (value instanceof ArrayBuffer) return `bytes:${digest(new Uint8Array(value))}`;
  if (value instanceof Map) return `map:${writeValue([...value], filter, writing, depth)}`;
  if (value instanceof Set) return `set:${writeValue([...value], filter, writing, depth)}`;
  if (rendersItself(value)) return `json:${writeValue(value.toJSON(), filter, writing, depth)}`;
  return writeFields(value as Record<string, unknown>, filter, writing, depth);
}

function writeList(list: readonly unknown[], filter: FieldFilter | undefined, writing: Writing, depth: number): string {
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
