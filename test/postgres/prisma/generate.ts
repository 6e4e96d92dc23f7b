/** Generates the Prisma client of the specs, one process at a time. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Gives the folder of the generated client. */
export async function generatePrismaClient(): Promise<string> {
  // Generating needs no engine, but the command would download one, and that of Prisma 6 two; a path that is given keeps it from that.
  const engines = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_QUERY_ENGINE_LIBRARY: process.execPath };
  const env = { ...process.env, ...engines, CHECKPOINT_DISABLE: '1', NODE_OPTIONS: '' };
  const command = ['node_modules/prisma/build/index.js', 'generate', '--schema', 'test/postgres/prisma/schema.prisma'];
  await promisify(execFile)(process.execPath, command, { cwd: root, env });
  return `${root}reports/prisma-client`;
}
