/** Starts the example of each tool in turn and prints what two requests with one key came to. The database is DATABASE_URL's. */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import pg from 'pg';

const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
await client.connect();
const outcomes: Record<string, unknown> = {};
for (const name of process.argv.slice(2)) {
  try {
    const { AppModule } = (await import(`./examples/${name}.ts`)) as { AppModule: Type };
    outcomes[name] = await orderTwice(AppModule);
  } catch (error) {
    outcomes[name] = error instanceof Error ? error.stack : String(error);
  }
}
await client.end();
process.stdout.write(JSON.stringify(outcomes));

async function orderTwice(AppModule: Type): Promise<unknown> {
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/orders`;
  const item = randomUUID();
  const order = async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': `"${item}"`, connection: 'close' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ item }) });
    return { status: response.status, replayed: response.headers.get('idempotency-replayed'), body: await response.text() };
  };
  const [first, second] = [await order(), await order()];
  const { rows } = await client.query('SELECT id, item FROM orders WHERE item = $1', [item]);
  await app.close();
  return { first, second, orders: rows };
}
