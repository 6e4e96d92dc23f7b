/** Values as drivers give them, in the one form in which this package uses them. */
import type { Row } from './sql-client.js';

/** `bytea`: a Buffer or Uint8Array, or its hexadecimal text where a tool has no type for it. */
export function bytesIn(row: Row, column: string): Uint8Array | undefined {
  const value = row[column];
  if (value == null) return undefined;
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string' && value.startsWith('\\x')) return Buffer.from(value.slice(2), 'hex');
  throw new TypeError(`postgres: the driver gave column ${column} as ${typeof value}, not as bytes.`);
}

/** A number: tools differ in whether a wide one is a number, a bigint or a text. */
export function numberIn(row: Row, column: string): number | undefined {
  const value = row[column];
  return value == null ? undefined : Number(value);
}

export function textIn(row: Row, column: string): string | undefined {
  const value = row[column];
  return typeof value === 'string' ? value : undefined;
}
