/** The application in one file: it starts in a third of the time, and a campaign starts it thousands of times. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';
import { build, type Plugin } from 'esbuild';
import type { BrokenVariant } from '../../proof/broken-variants.js';

/** What Nest and pg look for and can do without. */
const ABSENT = ['@nestjs/microservices', '@nestjs/websockets', '@fastify/static', 'pg-native'];

const source = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** CommonJS inside the bundle asks for what an ES module does not have. */
const COMMON_JS = `import { createRequire as makeRequire } from 'node:module';
import { fileURLToPath as toPath } from 'node:url';
const require = makeRequire(import.meta.url);
const __filename = toPath(import.meta.url);
const __dirname = toPath(new URL('.', import.meta.url));`;

/** The text of a file, changed if it is the one that is broken on purpose. */
function textOf(path: string, broken: BrokenVariant | undefined): string {
  const text = readFileSync(path, 'utf8');
  if (broken === undefined || path !== source(broken.file)) return text;
  const places = text.split(broken.from).length - 1;
  if (places !== 1) throw new Error(`What is to be broken stands ${places} times in ${broken.file}, and must stand there once.`);
  return text.replace(broken.from, () => broken.to);
}

/** Nest asks for the types that decorators note down, which only swc writes. */
const decorators = (broken: BrokenVariant | undefined): Plugin => ({
  name: 'decorators',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const { code } = await transform(textOf(path, broken), {
        filename: path,
        swcrc: false,
        configFile: false,
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      });
      return { contents: code, loader: 'js' };
    });
  },
});

/** Gives the path of the program made from `entry`, of a library that is `broken` if that is given, and what deletes it. */
export async function bundleApp(entry: string, broken?: BrokenVariant): Promise<{ program: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'faults-'));
  const program = join(folder, 'dist/app.mjs');
  // The schema's files lie beside the code.
  cpSync(source('packages/postgres/sql'), join(folder, 'sql'), { recursive: true });
  await build({
    entryPoints: [source(entry)],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ABSENT.flatMap((name) => [name, `${name}/*`]),
    alias: {
      '@nestjs-idempotency/core': source('packages/core/src/index.ts'),
      '@nestjs-idempotency/redis': source('packages/redis/src/index.ts'),
      '@nestjs-idempotency/postgres': source('packages/postgres/src/index.ts'),
      'nestjs-idempotency': source('packages/nestjs/src/index.ts'),
    },
    plugins: [decorators(broken)],
    banner: { js: COMMON_JS },
    logLevel: 'error',
  });
  return { program, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
