/** Whether what a codec gave is a record at all: bytes may be damaged, and a codec may be the application's own. Pure. */
import { isUint8Array } from 'node:util/types';
import type { ReadRecord } from './record.js';

/** What cannot be read is never replayed and never run over. */
export const UNREADABLE: ReadRecord = { kind: 'unreadable' };

/** What may stand in a head, since a name or value that may not would fail each time that it is sent. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** `given` if it is a record in every part of it, and 'unreadable' otherwise. */
export function readable(given: unknown): ReadRecord {
  return isRecord(given) ? given : UNREADABLE;
}

type Loose = Readonly<Record<string, unknown>>;

function isRecord(given: unknown): given is ReadRecord {
  if (!isObject(given)) return false;
  if (given['kind'] === 'unreadable') return true;
  if (typeof given['fingerprint'] !== 'string') return false;
  switch (given['kind']) {
    case 'answer':
      return isAnswer(given['answer']);
    case 'value':
      return typeof given['form'] === 'string' && isUint8Array(given['bytes']);
    case 'failure':
      return typeof given['name'] === 'string' && typeof given['message'] === 'string' && mayBeJson(given['data']);
    case 'tombstone':
      return given['loss'] === 'unkept' || given['loss'] === 'unknown';
    default:
      return false;
  }
}

function isAnswer(given: unknown): boolean {
  if (!isObject(given)) return false;
  const { status, headers, removed = [], manner = '', body } = given;
  const areNames = Array.isArray(removed) && removed.every((name) => typeof name === 'string' && NAME.test(name));
  return (
    isStatus(status) &&
    Array.isArray(headers) &&
    headers.every(isHeader) &&
    areNames &&
    typeof manner === 'string' &&
    isUint8Array(body)
  );
}

/** Those that end an exchange: a server can send no answer with another. */
function isStatus(given: unknown): boolean {
  return Number.isInteger(given) && Number(given) >= 200 && Number(given) <= 999;
}

function isHeader(given: unknown): boolean {
  if (!Array.isArray(given) || given.length !== 2) return false;
  const [name, value] = given as unknown[];
  return typeof name === 'string' && NAME.test(name) && typeof value === 'string' && VALUE.test(value);
}

/** Throws for what JSON has no words for; whoever asks takes that for a no. */
function mayBeJson(given: unknown): boolean {
  return given === undefined || JSON.stringify(given) !== undefined;
}

function isObject(given: unknown): given is Loose {
  return typeof given === 'object' && given !== null;
}
