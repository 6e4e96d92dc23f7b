/** The one request that every row sends: 1 KB of JSON, with a key or without. */
import { randomUUID } from 'node:crypto';

/** The body of every request, and of every answer, as the routes give back what they were given: 1,024 bytes. */
export const BODY = JSON.stringify({
  customer: 'c_7f9a41',
  lines: Array.from({ length: 8 }, (_, i) => ({
    sku: `sku-${1000 + i}`,
    title: `Article number ${i} of the order`,
    quantity: i + 1,
    cents: 1999 + i,
  })),
  note: 'x'.repeat(301),
});

const HEAD = `POST /orders HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(BODY)}\r\n`;

/** The request without a key. */
export function plain(): string {
  return `${HEAD}\r\n${BODY}`;
}

/** The request under `key`. */
export function keyed(key: string): string {
  return `${HEAD}Idempotency-Key: ${key}\r\n\r\n${BODY}`;
}

/** A request under a key that was never sent. */
export function fresh(): string {
  return keyed(randomUUID());
}

/** Requests that go round `keys`. */
export function again(keys: readonly string[]): () => string {
  let turn = 0;
  return () => keyed(keys[turn++ % keys.length] as string);
}
