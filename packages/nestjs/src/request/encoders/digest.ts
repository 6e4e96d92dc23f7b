/** Digests whose parts cannot run into each other. */
import * as crypto from 'node:crypto';

/** 43 printable characters for `input`. */
export function digest(input: string | Uint8Array): string {
  return crypto.hash('sha256', input, 'base64url');
}

/** The parts one after the other, each behind its length: no two different lists give the same text. */
export function joinParts(...parts: readonly string[]): string {
  let text = '';
  for (const part of parts) text += `${part.length}:${part}`;
  return text;
}
