/** What storages and locks are told of the application's beginning and end. */
import { Controller, Module, Post } from '@nestjs/common';
import { IdempotencyKey, IdempotencyModule, type IdempotencyOptions, MemoryLock, MemoryStorage } from 'nestjs-idempotency';
import { serve, type Server } from './serve.js';

const told: string[] = [];

class Storage extends MemoryStorage {
  constructor(private readonly name: string) {
    super();
  }
  check(): Promise<readonly string[]> {
    told.push(`${this.name} checked`);
    return Promise.resolve([]);
  }
  close(): Promise<void> {
    told.push(`${this.name} closed`);
    return Promise.resolve();
  }
}

class Lock extends MemoryLock {
  refusal: Error | undefined;
  check(): Promise<readonly string[]> {
    told.push('lock checked');
    return this.refusal ? Promise.reject(this.refusal) : Promise.resolve(['It may forget.']);
  }
  close(): Promise<void> {
    told.push('lock closed');
    return Promise.resolve();
  }
}

let finish!: () => void;

@Controller('orders')
class OrdersController {
  @Post()
  @IdempotencyKey()
  async create(): Promise<string> {
    told.push('handler began');
    await new Promise<void>((resolve) => (finish = resolve));
    told.push('handler ended');
    return 'ordered';
  }
}

function start(options: IdempotencyOptions, warned: string[] = []): Promise<Server> {
  @Module({ imports: [IdempotencyModule.forRoot(options)], controllers: [OrdersController] })
  class AppModule {}
  const silent = () => undefined;
  const logger = { log: silent, error: silent, warn: (message: string) => warned.push(message) };
  return serve('express', AppModule, undefined, { logger, forceCloseConnections: false });
}

const parts = (lock = new Lock()): IdempotencyOptions => ({
  profile: 'classic',
  storage: { use: new Storage('storage'), caches: { week: new Storage('week') } },
  lock: { use: lock },
});

beforeEach(() => {
  told.length = 0;
});

it('checks each part once at start, logs what it warns of, and closes each once at the end', async () => {
  const warned: string[] = [];
  const server = await start(parts(), warned);
  expect(told.sort()).toEqual(['lock checked', 'storage checked', 'week checked']);
  expect(warned).toEqual(['It may forget.']);
  told.length = 0;
  await server.close();
  expect(told.sort()).toEqual(['lock closed', 'storage closed', 'week closed']);
});

it('says in production, and only there, that answers end with the process and that a renewed token is another caller', async () => {
  const environment = process.env['NODE_ENV'];
  const warned: string[] = [];
  try {
    process.env['NODE_ENV'] = 'production';
    await (await start({ profile: 'ietf' }, warned)).close();
    expect(warned).toEqual([expect.stringContaining('outlives'), expect.stringContaining('a `scope`')]);
  } finally {
    process.env['NODE_ENV'] = environment;
  }
  warned.length = 0;
  await (await start({ profile: 'ietf' }, warned)).close();
  expect(warned).toEqual([]);
});

it('refuses to start where a part refuses', async () => {
  const lock = new Lock();
  lock.refusal = new Error('The server is too old.');
  await expect(start(parts(lock))).rejects.toThrow('The server is too old.');
});

it('closes its parts only when the last handler has ended and its answer is kept', async () => {
  const options = parts();
  const server = await start(options);
  const answer = fetch(`${server.url}/orders`, { method: 'POST', headers: { 'idempotency-key': 'a', connection: 'close' } });
  while (!told.includes('handler began')) await new Promise((resolve) => setImmediate(resolve));
  const closed = server.close();
  finish();
  expect(await (await answer).text()).toBe('ordered');
  await closed;
  expect((options.storage?.use as Storage).size).toBe(1);
  expect(told.indexOf('handler ended')).toBeLessThan(told.indexOf('storage closed'));
});
