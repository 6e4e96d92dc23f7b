/** A Redis URL in an application that has no client installed: the start is refused, and the error names the cure. */
import { beforeEach, expect, it, jest } from '@jest/globals';
import { Controller, Module, Post } from '@nestjs/common';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import { serve } from '../e2e/serve.js';

const missing = (name: string, code: string) => (): never => {
  throw Object.assign(new Error(`Cannot find package '${name}'`), { code });
};

@Controller('orders')
class Orders {
  @Post()
  @IdempotencyKey()
  create(): object {
    return {};
  }
}

beforeEach(() => {
  jest.resetModules();
});

it.each(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])('refuses the start, as told by %s', async (code) => {
  for (const name of ['ioredis', 'redis']) jest.unstable_mockModule(name, missing(name, code));
  const { RedisBackend, RedisLock, RedisStorage } = await import('@nestjs-idempotency/redis');
  const url = 'redis://127.0.0.1:1';
  const parts = [
    { backend: new RedisBackend(url) },
    { storage: { use: new RedisStorage(url) }, lock: { use: new RedisLock(url) } },
  ];
  for (const options of parts) {
    @Module({ imports: [IdempotencyModule.forRoot(options)], controllers: [Orders] })
    class AppModule {}
    await expect(serve('express', AppModule, undefined, { logger: false })).rejects.toThrow('npm install ioredis');
  }
});

it('starts with the other client where that is installed, and says that the server is not there', async () => {
  jest.unstable_mockModule('ioredis', missing('ioredis', 'ERR_MODULE_NOT_FOUND'));
  jest.unstable_mockModule('redis', () => jest.requireActual<object>('redis'));
  const { RedisBackend } = await import('@nestjs-idempotency/redis');
  const backend = new RedisBackend('redis://127.0.0.1:1', { timeoutMs: 200, onFault: () => undefined });
  expect(await backend.check()).toContainEqual(expect.stringMatching(/^Redis at \S+ could not be checked/));
  await backend.close();
});
