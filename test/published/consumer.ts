/** An application as a user would start one: its own folder and module format, our packages from their tarballs. */
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../architecture/workspace.js';
import { command } from './command.js';
import { type Installation, projectIn } from './install.js';

export type Format = 'esm' | 'cjs';
export type Platform = 'express' | 'fastify';
export type ModuleSetting = 'nodenext' | 'node20' | 'node16' | 'commonjs';

/** A project that is ready to be compiled and started. */
export interface Consumer {
  readonly folder: string;
}

/** Makes a project of `format` beside the others of `installation`. */
export async function consumer(installation: Installation, format: Format): Promise<Consumer> {
  const folder = await projectIn(installation, format);
  await cp(join(root, 'test/published/projects/app'), folder, { recursive: true });
  const type = format === 'esm' ? 'module' : 'commonjs';
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: format, private: true, type }, null, 2));
  const entries = installation.tarballs.flatMap(({ entries }) => entries);
  await writeFile(join(folder, 'entries.json'), JSON.stringify(entries));
  await writeFile(
    join(folder, 'src/everything.ts'),
    entries.map((name, at) => `export * as entry${at} from '${name}';\n`).join(''),
  );
  return { folder };
}

/** An error in the project's own code or in the types we publish; other libraries' types are between them and the compiler. */
const concernsUs = (line: string): boolean =>
  /^(src|(\.\.\/)?node_modules\/(@nestjs-idempotency|nestjs-idempotency))\/|^error /.test(line);

/** How TypeScript resolves under each module setting; under `commonjs` as it does where nothing else is set. */
const RESOLUTIONS = { nodenext: 'nodenext', node20: 'nodenext', node16: 'node16', commonjs: 'node10' } as const;

/** Compiles the project, which imports each entry of ours, with the module setting `module`; where `declarations` says so, what they declare is checked too. */
export async function compile(
  { folder }: Consumer,
  module: ModuleSetting,
  { declarations }: { readonly declarations: boolean },
): Promise<void> {
  try {
    const options = [
      '--pretty',
      'false',
      '--module',
      module,
      '--moduleResolution',
      RESOLUTIONS[module],
      '--skipLibCheck',
      String(!declarations),
    ];
    await command(folder, process.execPath, 'node_modules/typescript/bin/tsc', '--project', '.', ...options);
  } catch (error) {
    const lines = (error as Error).message.split('\n');
    const ours = lines.filter(concernsUs);
    if (ours.length > 0) throw new Error(ours.join('\n'), { cause: error });
    // Only a compiler that ran to its end, and named a library's file, may be forgiven.
    if (!lines.some((line) => /^(\.\.\/)?node_modules\/.+: error TS\d+:/.test(line))) throw error;
  }
}

/** Loads every entry by `import` and by `require`, and expects two copies that export the same. */
export async function load({ folder }: Consumer): Promise<void> {
  await command(folder, process.execPath, 'load-everything.mjs');
}

/** Uses both copies in one application, which protects each request once. */
export async function loadBoth({ folder }: Consumer): Promise<void> {
  await command(folder, process.execPath, 'both-copies.mjs');
}

/** Starts the compiled application on `platform`, which sends itself a first request and its retries. */
export async function start({ folder }: Consumer, platform: Platform): Promise<void> {
  await command(folder, process.execPath, 'out/main.js', platform);
}
