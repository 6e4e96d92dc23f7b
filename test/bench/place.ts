/** Where the programs of the bench run: compiled JavaScript, ours beside this repository's packages, the rival's beside its own. */
import { transformFile, type Options } from '@swc/core';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);
const CACHE = new URL('node_modules/.cache/idempotency-bench/', ROOT);
const SOURCES = new URL('./programs/', import.meta.url);

const RIVAL = {
  '@node-idempotency/nestjs': '1.0.4',
  '@node-idempotency/storage-adapter-memory': '1.0.2',
  '@node-idempotency/storage-adapter-redis': '1.0.2',
  '@nestjs/common': '10.4.22',
  '@nestjs/core': '10.4.22',
  '@nestjs/platform-express': '10.4.22',
  '@nestjs/platform-fastify': '10.4.22',
  'reflect-metadata': '0.2.2',
  rxjs: '7.8.2',
};

const SETTINGS: Options = {
  swcrc: false,
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: 'es6' },
};

/** A folder of compiled programs, and the Nest that they load. */
export interface Place {
  readonly nest: string;
  program(name: string): string;
}

/** Builds this repository's packages, unless `isBuilt`, and the programs on top of them. */
export async function ours(isBuilt: boolean): Promise<Place> {
  if (!isBuilt) execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  return programsIn(new URL('ours/', CACHE));
}

/** The programs in `folder`, which load the packages that are installed above it. */
export async function programsIn(folder: URL): Promise<Place> {
  await describe(folder, {});
  return compileInto(folder);
}

/** Installs the library that ours is compared with, once, with the Nest it asks for. */
export async function rival(): Promise<Place> {
  const folder = new URL('rival/', CACHE);
  await describe(folder, RIVAL);
  if (!existsSync(new URL('node_modules/@node-idempotency/nestjs', folder))) {
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return compileInto(folder);
}

async function describe(folder: URL, dependencies: Record<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(new URL('package.json', folder), JSON.stringify({ private: true, type: 'module', dependencies }));
}

async function compileInto(folder: URL): Promise<Place> {
  for (const name of await readdir(SOURCES)) {
    const { code } = await transformFile(fileURLToPath(new URL(name, SOURCES)), SETTINGS);
    await writeFile(new URL(name.replace(/\.ts$/, '.js'), folder), code);
  }
  const { version } = createRequire(new URL('serve.js', folder))('@nestjs/core/package.json') as { version: string };
  return { nest: version, program: (name) => fileURLToPath(new URL(`${name}.js`, folder)) };
}
