/** The packages as npm would publish them: built, packed, and looked at before anybody installs them. */
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { readmeFaults } from '../architecture/links.js';
import { published, root, sources, type Workspace } from '../architecture/workspace.js';
import { command } from './command.js';

/** A packed package. */
export interface Tarball {
  readonly name: string;
  readonly path: string;
  /** What can be imported as code: the name itself and its subpaths. */
  readonly entries: readonly string[];
  readonly files: readonly string[];
  /** What it is built of, without folder and ending. */
  readonly sources: readonly string[];
  readonly peers: Readonly<Record<string, string>>;
}

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

async function pack(workspace: Workspace, into: string): Promise<Tarball> {
  const { folder, manifest } = workspace;
  const [packed] = JSON.parse(await command(folder, 'npm', 'pack', '--json', '--pack-destination', into)) as Packed[];
  if (packed === undefined) throw new Error(`npm pack said nothing about ${manifest.name}`);
  const { name, exports = {}, peerDependencies: peers = {} } = manifest;
  const entries = Object.keys(exports).filter((entry) => typeof exports[entry] !== 'string');
  return {
    name,
    path: join(into, packed.filename),
    entries: entries.map((entry) => name + entry.slice(1)),
    files: packed.files.map(({ path }) => path),
    sources: sources(workspace).map((file) => relative(join(folder, 'src'), file).split(sep).join('/').replace(/\.ts$/, '')),
    peers,
  };
}

/** Builds every package anew, so that nothing is left of sources since removed, and packs it into the folder `into`. */
export async function packAll(into: string): Promise<Tarball[]> {
  await Promise.all(published().map(async ({ folder }) => rm(join(folder, 'dist'), { recursive: true, force: true })));
  await command(root, 'npm', 'run', 'build');
  return Promise.all(published().map(async (workspace) => pack(workspace, into)));
}

/** Throws unless the tarball holds its manifest, licence, README, what was built of each source, and its scripts of SQL; and nothing else. */
export function contents({ name, files, sources }: Tarball): void {
  const built = sources.flatMap((source) =>
    ['dist', 'dist/cjs'].flatMap((folder) => ['js', 'js.map', 'd.ts'].map((ending) => `${folder}/${source}.${ending}`)),
  );
  const expected = new Set(['package.json', 'LICENSE', 'README.md', 'dist/cjs/package.json', ...built]);
  const lacking = [...expected].filter((file) => !files.includes(file));
  if (lacking.length > 0) throw new Error(`${name} lacks ${lacking.join(', ')}`);
  const strays = files.filter((file) => !expected.has(file) && !/^sql\/[\w.-]+\.sql$/.test(file));
  if (strays.length > 0) throw new Error(`${name} publishes ${strays.join(', ')}`);
}

/** Throws unless each source map brings its source, which is not in the tarball, and the README stands alone. */
export function texts({ name, path, files }: Tarball): void {
  const packed = createPackageFromTarballData(readFileSync(path));
  const read = (file: string): string => packed.readFile(`/node_modules/${name}/${file}`);
  const sourceless = files.filter((file) => file.endsWith('.map') && !bringsItsSource(read(file)));
  if (sourceless.length > 0) throw new Error(`${name} has maps without their sources: ${sourceless.join(', ')}`);
  const faults = readmeFaults(name, read('README.md'));
  if (faults.length > 0) throw new Error(`The README of ${name} ${faults.join('\n')}`);
}

function bringsItsSource(map: string): boolean {
  const { sources, sourcesContent = [] } = JSON.parse(map) as { sources: string[]; sourcesContent?: (string | null)[] };
  return sources.length > 0 && sources.every((_source, at) => typeof sourcesContent[at] === 'string');
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
