/** Module hooks that let Node run this repository's TypeScript: package names resolve to sources, swc compiles what is loaded. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

const packages = new URL('../packages/', import.meta.url);
const ownName = /^@nestjs-idempotency\/([a-z-]+)(?:\/(.+))?$/;

/** What jest.config.ts gives to @swc/jest: one way to compile, whoever runs the code. */
const options = {
  swcrc: false,
  configFile: false,
  sourceMaps: 'inline',
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: 'es6' },
};

function ownSource(specifier) {
  if (specifier === 'nestjs-idempotency') return new URL('nestjs/src/index.ts', packages);
  const [, name, file = 'index'] = ownName.exec(specifier) ?? [];
  return name === undefined ? undefined : new URL(`${name}/src/${file}.ts`, packages);
}

function relativeSource(specifier, parentURL) {
  if (!/^\.{0,2}\/.*\.js$/.test(specifier) || !parentURL?.endsWith('.ts')) return undefined;
  return new URL(specifier.replace(/\.js$/, '.ts'), parentURL);
}

/** Package names of this repository, and `.js` names written in `.ts` files, become the sources they stand for. */
export async function resolve(specifier, context, nextResolve) {
  const source = ownSource(specifier) ?? relativeSource(specifier, context.parentURL);
  if (source !== undefined && existsSync(source)) return { url: source.href, format: 'module', shortCircuit: true };
  return nextResolve(specifier, context);
}

/** Compiles `.ts` files to ES modules with legacy decorators and their metadata. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context);
  const filename = fileURLToPath(url);
  const { code } = await transform(await readFile(filename, 'utf8'), { ...options, filename });
  return { format: 'module', source: code, shortCircuit: true };
}
