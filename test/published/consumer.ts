/** A project as a user would start one: its own folder and module format, its own Nest, our packages from their tarballs. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readManifest, root } from '../architecture/workspace.js';
import { command } from './command.js';
import type { Tarball } from './tarballs.js';

export type Format = 'esm' | 'cjs';
export type Platform = 'express' | 'fastify';

/** An installed project, ready to be compiled and started. */
export interface Consumer {
  readonly folder: string;
  readonly format: Format;
}

/** What the application of the project, and the peers of our packages, need beside Nest. */
const beside = ['reflect-metadata', 'rxjs', 'typescript', '@types/node', '@types/express', '@types/pg'];

/** The version this repository is tested with, so that a consumer does not move under a test. */
function ownVersion(name: string): string {
  const { devDependencies } = readManifest(root);
  return devDependencies?.[name] ?? '*';
}

/** Makes a project of `format` in `folder` on Nest `nest` and installs `tarballs` and all their peers there. */
export async function install(folder: string, format: Format, nest: number, tarballs: readonly Tarball[]): Promise<Consumer> {
  await cp(join(root, 'test/published/projects'), folder, { recursive: true });
  const peers = tarballs.flatMap(({ peers }) => Object.keys(peers)).filter((name) => !name.startsWith('@nestjs/'));
  const manifest = {
    name: `consumer-${format}-nest-${nest}`,
    private: true,
    type: format === 'esm' ? 'module' : 'commonjs',
    dependencies: {
      ...Object.fromEntries(
        ['common', 'core', 'platform-express', 'platform-fastify'].map((name) => [`@nestjs/${name}`, `^${nest}.0.0`]),
      ),
      ...Object.fromEntries([...beside, ...peers].map((name) => [name, ownVersion(name)])),
      ...Object.fromEntries(tarballs.map(({ name, path }) => [name, `file:${path}`])),
    },
  };
  await mkdir(join(folder, 'src'), { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  await command(folder, 'npm', 'install', '--no-audit', '--no-fund', '--no-package-lock');
  const ours = tarballs.flatMap(({ entries }) => entries);
  await writeFile(join(folder, 'entries.json'), JSON.stringify(ours));
  await writeFile(join(folder, 'src/everything.ts'), ours.map((name, at) => `export * as entry${at} from '${name}';\n`).join(''));
  return { folder, format };
}

/** An error in the project's own code or in the types we publish; other libraries' types are between them and the compiler. */
const concernsUs = (line: string): boolean =>
  /^(src|node_modules\/(@nestjs-idempotency|nestjs-idempotency))\/|^error /.test(line);

/** Compiles the project, our published types checked too, with the module setting `module`. */
export async function compile({ folder }: Consumer, module: 'nodenext' | 'node20' | 'node16'): Promise<void> {
  const moduleResolution = module === 'node20' ? 'nodenext' : module;
  try {
    const options = ['--pretty', 'false', '--module', module, '--moduleResolution', moduleResolution];
    await command(folder, process.execPath, 'node_modules/typescript/bin/tsc', '--project', '.', ...options);
  } catch (error) {
    const lines = (error as Error).message.split('\n');
    const ours = lines.filter(concernsUs);
    if (ours.length > 0) throw new Error(ours.join('\n'), { cause: error });
    // Only a compiler that ran to its end, and named a library's file, may be forgiven.
    if (!lines.some((line) => /^node_modules\/.+: error TS\d+:/.test(line))) throw error;
  }
}

/** Loads every entry by `import` and by `require` and expects one and the same module. */
export async function load({ folder }: Consumer): Promise<void> {
  await command(folder, process.execPath, 'load-everything.mjs');
}

/** Starts the compiled application on `platform`, which sends itself a first request and its retries. */
export async function start({ folder }: Consumer, platform: Platform): Promise<void> {
  await command(folder, process.execPath, 'out/main.js', platform);
}
