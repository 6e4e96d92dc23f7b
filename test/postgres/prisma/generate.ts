/** The Prisma client of the specs, generated once for a schema and a Prisma: specs that run side by side read it while others ask for it. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Gives the folder of the generated client. */
export async function generatePrismaClient(): Promise<string> {
  const schema = readFileSync(new URL('schema.prisma', import.meta.url), 'utf8');
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/prisma/package.json'), 'utf8')) as { version: string };
  const named = createHash('sha256').update(`${version} ${schema}`).digest('hex').slice(0, 12);
  const folder = join(root, 'reports', `prisma-client-${named}`);
  if (existsSync(folder)) return folder;
  mkdirSync(join(root, 'reports'), { recursive: true });
  const making = mkdtempSync(join(root, 'reports/prisma-'));
  try {
    await generate(schema, making);
    moveTo(folder, join(making, 'client'));
  } finally {
    rmSync(making, { recursive: true });
  }
  return folder;
}

async function generate(schema: string, folder: string): Promise<void> {
  writeFileSync(join(folder, 'schema.prisma'), schema);
  // Generating needs no engine, but the command would download one, and that of Prisma 6 two; a path that is given keeps it from that.
  const engines = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_QUERY_ENGINE_LIBRARY: process.execPath };
  const env = { ...process.env, ...engines, CHECKPOINT_DISABLE: '1', NODE_OPTIONS: '' };
  const command = ['node_modules/prisma/build/index.js', 'generate', '--schema', join(folder, 'schema.prisma')];
  await promisify(execFile)(process.execPath, command, { cwd: root, env });
}

/** In one step, so that nobody sees a part of it. Whoever was first has made the same. */
function moveTo(folder: string, made: string): void {
  try {
    renameSync(made, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}
