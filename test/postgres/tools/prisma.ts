/** Prisma, with its client generated anew. */
import { PrismaPg } from '@prisma/adapter-pg';
import { currentTransaction } from '@nestjs-idempotency/postgres';
import { fromPrisma, joining, type PrismaLike } from '@nestjs-idempotency/postgres/prisma';
import { generatePrismaClient } from '../prisma/generate.js';
import type { Tool } from './tool.js';

/** What the specs use of the generated client. */
interface Client extends PrismaLike<Client, { isolationLevel?: 'Serializable'; timeout?: number; maxWait?: number }> {
  readonly effect: { create(row: { data: { name: string } }): Promise<unknown>; count(): Promise<number> };
  $executeRawUnsafe(statement: string): Promise<number>;
  $disconnect(): Promise<void>;
}

const tx = (): Client => currentTransaction<Client>();

async function generated(): Promise<new (options: { adapter: PrismaPg }) => Client> {
  const folder = await generatePrismaClient();
  const module = (await import(`${folder}/client.ts`)) as { PrismaClient: new (options: object) => Client };
  return module.PrismaClient;
}

export const prismaTool: Tool = {
  name: 'Prisma',
  async open({ url }) {
    const PrismaClient = await generated();
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 11 }) });
    // As a service keeps it that was constructed before any request.
    const model = joining(prisma).effect;
    return {
      source: fromPrisma(prisma, { maxWait: 10_000, timeout: 10_000 }),
      serializable: fromPrisma(prisma, { isolationLevel: 'Serializable' }),
      async effect(name) {
        await tx().effect.create({ data: { name } });
      },
      look: () => tx().effect.count(),
      hold() {
        const held = tx();
        return (statement) => held.$executeRawUnsafe(statement);
      },
      joined: {
        add: (name) => model.create({ data: { name } }),
        // Prisma has no savepoint: all that is in the request's transaction is undone with it alone.
        addAndFail: () => Promise.resolve(),
      },
      close: () => prisma.$disconnect(),
    };
  },
};
