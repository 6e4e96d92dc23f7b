/** What our statements answer: texts, whatever an application has set for how other types are read. */
import type { Row } from './sql-client.js';

/** `undefined` for NULL. Throws where the tool gives no such column, or something else than its text. */
export function textIn(row: Row, column: string): string | undefined {
  const value = row[column];
  if (value === null) return undefined;
  if (typeof value === 'string') return value;
  // As it came, where results are binary and the application has set that nothing reads them.
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  const given = value === undefined ? `no column ${column}` : `column ${column} as ${typeof value}, not as a text`;
  throw new TypeError(
    `postgres: the tool gave ${given}: a plugin, a mapper or a type parser changes what the server answered. Give the library a tool without it.`,
  );
}

/** Of `encode(…, 'hex')`. */
export function bytesIn(row: Row, column: string): Uint8Array | undefined {
  const text = textIn(row, column);
  return text === undefined ? undefined : Buffer.from(text, 'hex');
}

export function numberIn(row: Row, column: string): number | undefined {
  const text = textIn(row, column);
  return text === undefined ? undefined : Number(text);
}

/** Whether a condition was true. */
export const isIn = (row: Row, column: string): boolean => textIn(row, column) === 'true';
