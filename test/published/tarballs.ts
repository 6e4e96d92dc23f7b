/** The packages as npm would publish them: built, packed, and looked at before anybody installs them. */
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { published, root, type Workspace } from '../architecture/workspace.js';
import { command } from './command.js';

/** A packed package. */
export interface Tarball {
  readonly name: string;
  readonly path: string;
  /** What can be imported as code: the name itself and its subpaths. */
  readonly entries: readonly string[];
  readonly files: readonly string[];
  readonly peers: Readonly<Record<string, string>>;
}

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

async function pack({ folder, manifest }: Workspace, into: string): Promise<Tarball> {
  const [packed] = JSON.parse(await command(folder, 'npm', 'pack', '--json', '--pack-destination', into)) as Packed[];
  if (packed === undefined) throw new Error(`npm pack said nothing about ${manifest.name}`);
  const { name, exports = {}, peerDependencies: peers = {} } = manifest;
  const entries = Object.keys(exports).filter((entry) => typeof exports[entry] !== 'string');
  return {
    name,
    path: join(into, packed.filename),
    entries: entries.map((entry) => name + entry.slice(1)),
    files: packed.files.map(({ path }) => path),
    peers,
  };
}

/** Builds every package anew, so that nothing is left of sources since removed, and packs it into the folder `into`. */
export async function packAll(into: string): Promise<Tarball[]> {
  await Promise.all(published().map(async ({ folder }) => rm(join(folder, 'dist'), { recursive: true, force: true })));
  await command(root, 'npm', 'run', 'build');
  return Promise.all(published().map(async (workspace) => pack(workspace, into)));
}

/** Throws unless the tarball holds its manifest, licence, README, code, types and source maps, and nothing of its making. */
export function contents({ name, files }: Tarball): void {
  const code = ['dist', 'dist/cjs'].flatMap((folder) =>
    ['index.js', 'index.js.map', 'index.d.ts'].map((file) => `${folder}/${file}`),
  );
  for (const file of ['package.json', 'LICENSE', 'README.md', 'dist/cjs/package.json', ...code]) {
    if (!files.includes(file)) throw new Error(`${name} lacks ${file}`);
  }
  const strays = files.filter((file) => /\.spec\.|tsbuildinfo|tsconfig|^src\//.test(file));
  if (strays.length > 0) throw new Error(`${name} publishes ${strays.join(', ')}`);
}

/** Throws what publint has to say about the tarball, its suggestions included. */
export async function manifestLint({ path }: Tarball): Promise<void> {
  const tarball = readFileSync(path);
  const { messages } = await publint({
    pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.length) },
  });
  if (messages.length > 0) throw new Error(messages.map((message) => JSON.stringify(message)).join('\n'));
}

/** Throws where the types that a consumer's compiler finds are not those of the code that its Node loads. */
export async function typeResolution({ path }: Tarball): Promise<void> {
  const result = await checkPackage(createPackageFromTarballData(readFileSync(path)));
  if (result.types === false) throw new Error('no types found');
  const { problems } = result;
  if (problems.length > 0) throw new Error(problems.map((problem) => JSON.stringify(problem)).join('\n'));
}
