/** Prisma, with its client generated anew. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PrismaPg } from '@prisma/adapter-pg';
import { currentTransaction } from '@nestjs-idempotency/postgres';
import { fromPrisma, type PrismaLike } from '@nestjs-idempotency/postgres/prisma';
import type { Tool } from './tool.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What the specs use of the generated client. */
interface Client extends PrismaLike<Client, { isolationLevel?: 'Serializable'; timeout?: number; maxWait?: number }> {
  readonly effect: { create(row: { data: { name: string } }): Promise<unknown>; count(): Promise<number> };
  $disconnect(): Promise<void>;
}

const tx = (): Client => currentTransaction<Client>();

async function generated(): Promise<new (options: { adapter: PrismaPg }) => Client> {
  // Generating needs no engine, but the command would download one; a path that is given keeps it from that.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1', NODE_OPTIONS: '' };
  const command = ['node_modules/prisma/build/index.js', 'generate', '--schema', 'test/postgres/prisma/schema.prisma'];
  await promisify(execFile)(process.execPath, command, { cwd: root, env });
  const module = (await import(`${root}reports/prisma-client/client.ts`)) as { PrismaClient: new (options: object) => Client };
  return module.PrismaClient;
}

export const prismaTool: Tool = {
  name: 'Prisma',
  async open({ url }) {
    const PrismaClient = await generated();
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 11 }) });
    return {
      source: fromPrisma(prisma, { maxWait: 10_000, timeout: 10_000 }),
      serializable: fromPrisma(prisma, { isolationLevel: 'Serializable' }),
      async effect(name) {
        await tx().effect.create({ data: { name } });
      },
      look: () => tx().effect.count(),
      close: () => prisma.$disconnect(),
    };
  },
};
