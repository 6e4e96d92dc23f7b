/** A bundler that shortens the names of classes leaves what an application is told of its stores. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { build } from 'esbuild';

const source = (path: string): string => fileURLToPath(new URL(`../../packages/${path}`, import.meta.url));

const PROGRAM = `
  import { MemoryLock, MemoryStorage } from '@nestjs-idempotency/core';
  import { CacheManagerStorage } from '@nestjs-idempotency/cache-manager';
  import { PostgresBackend, PostgresLock, PostgresStorage } from '@nestjs-idempotency/postgres';
  import { RedisBackend, RedisLock, RedisStorage } from '@nestjs-idempotency/redis';
  import { storeName } from '${source('nestjs/src/start/start-line.ts')}';
  const none = () => undefined;
  const sql = { query: none, transaction: none };
  const cache = { stores: [{ get: none, set: none, throwOnErrors: true }] };
  const url = 'redis://127.0.0.1:1';
  class OrdersStorage extends MemoryStorage {}
  class X {}
  const stores = [
    new MemoryStorage(), new MemoryLock(), new CacheManagerStorage(cache),
    new PostgresBackend(sql, { purgeEveryMs: false }), new PostgresLock(sql), new PostgresStorage(sql),
    new RedisBackend(url), new RedisLock(url), new RedisStorage(url), new OrdersStorage(), new X(),
  ];
  export const told = stores.map((store) => [store.constructor.name.length, storeName(store)]);
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'minified-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('calls each store in the start line what it is, whatever its class is called in the bundle', async () => {
  const bundled = await build({
    stdin: { contents: PROGRAM, resolveDir: source('.'), loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    external: ['ioredis', 'redis'],
    alias: Object.fromEntries(
      ['core', 'cache-manager', 'postgres', 'redis'].map((name) => [
        `@nestjs-idempotency/${name}`,
        source(`${name}/src/index.ts`),
      ]),
    ),
  });
  const file = join(folder, 'bundle.mjs');
  await writeFile(file, bundled.outputFiles[0]?.text ?? '');
  const { told } = (await import(pathToFileURL(file).href)) as { told: [number, string][] };
  expect(Math.max(...told.map(([length]) => length))).toBeLessThan(3);
  expect(told.map(([, name]) => name)).toEqual([
    ...['memory', 'memory', 'cache-manager', 'postgres', 'postgres', 'postgres', 'redis', 'redis', 'redis', 'memory'],
    'a store of its own',
  ]);
});
