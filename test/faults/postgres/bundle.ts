/** The application in one file: it starts in a third of the time, and a campaign starts it thousands of times. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** What Nest and pg look for and can do without. */
const ABSENT = ['@nestjs/microservices', '@nestjs/websockets', 'class-validator', 'class-transformer', 'pg-native'];

const source = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** CommonJS inside the bundle asks for what an ES module does not have. */
const COMMON_JS = `import { createRequire as makeRequire } from 'node:module';
import { fileURLToPath as toPath } from 'node:url';
const require = makeRequire(import.meta.url);
const __filename = toPath(import.meta.url);
const __dirname = toPath(new URL('.', import.meta.url));`;

/** Gives the path of the program, and what deletes it. */
export async function bundleApp(): Promise<{ program: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'faults-'));
  const program = join(folder, 'app.mjs');
  await build({
    entryPoints: [source('test/faults/postgres/app.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ABSENT.flatMap((name) => [name, `${name}/*`]),
    alias: {
      '@nestjs-idempotency/core': source('packages/core/src/index.ts'),
      '@nestjs-idempotency/postgres': source('packages/postgres/src/index.ts'),
      'nestjs-idempotency': source('packages/nestjs/src/index.ts'),
    },
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
    banner: { js: COMMON_JS },
    logLevel: 'error',
  });
  return { program, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
