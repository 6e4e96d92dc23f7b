/** Serves one module on the platform that the environment names, and tells its parent on request what it has cost so far. */
import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

/** Listens on a free port and answers the bench over IPC until it says 'stop'. */
export async function serve(module: Type): Promise<void> {
  const app = await create(module);
  const server = await app.listen(0, '127.0.0.1');
  process.on('message', (question) => {
    if (question === 'stop') process.exit(0);
    if (question === 'collect') {
      // Twice: what finalizers of the first collection let go of is freed by the second.
      globalThis.gc?.();
      globalThis.gc?.();
    }
    const { user, system } = process.cpuUsage();
    const { heapUsed, external } = process.memoryUsage();
    process.send?.({ cpuMicros: user + system, memoryBytes: heapUsed + external });
  });
  process.send?.({ port: server.address().port });
}

async function create(module: Type): Promise<INestApplication> {
  if (process.env['PLATFORM'] !== 'fastify') return NestFactory.create(module, { logger: ['error'] });
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  return NestFactory.create(module, new FastifyAdapter(), { logger: ['error'] });
}
