/** Asks each protected operation of an application twice under one key: it runs once, and the retry hears what the profile says. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { INestApplication } from '@nestjs/common';
import { IdempotencyPolicies, type PublishedOperation } from 'nestjs-idempotency';

/** Gives the item that each operation was asked for. Rejects where an operation is not protected as it says. */
export async function probe(app: INestApplication, origin: string): Promise<string[]> {
  const { operations } = app.get(IdempotencyPolicies, { strict: false }).document();
  const items: string[] = [];
  for (const operation of operations) {
    const item = randomUUID();
    await twice(operation, origin, item);
    items.push(item);
  }
  return items;
}

async function twice({ method, paths, key, replay, route }: PublishedOperation, origin: string, item: string): Promise<void> {
  const ask = async () => {
    const response = await fetch(`${origin}${paths[0]}`, {
      method,
      headers: { 'content-type': 'application/json', connection: 'close', [key.header]: `"${item}"` },
      body: JSON.stringify({ item, article: item, amount: 1, to: item }),
    });
    const mark = replay.header === undefined ? null : response.headers.get(replay.header);
    return { status: response.status, mark, body: await response.text() };
  };
  const first = await ask();
  assert.ok(first.status < 300 && first.mark === null, `${route} answers the first request by ${JSON.stringify(first)}`);
  const status = replay.status === 'first' ? first.status : replay.status;
  const mark = replay.header === undefined ? null : 'true';
  assert.deepEqual(await ask(), { status, mark, body: first.body }, `${route} answers the retry otherwise`);
}
