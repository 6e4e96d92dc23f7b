/** The repository as its files show it: packages, their manifests, their sources and what each source imports. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = fileURLToPath(new URL('../../', import.meta.url));

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly version: string;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly sideEffects?: boolean;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly main?: string;
  readonly types?: string;
  readonly typesVersions?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A workspace: `packages/*` or the sample application. */
export interface Workspace {
  readonly folder: string;
  readonly manifest: Manifest;
}

const unread = new Set(['node_modules', 'dist', 'coverage', 'reports', '.git', '.stryker-tmp']);

/** Every file below `folder` that belongs to the repository, as absolute paths. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (unread.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

/** `file` as it is written in messages: from the top of the repository, with forward slashes. */
export const shown = (file: string): string => relative(root, file).split(sep).join('/');

export const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** All workspaces whose folder has a manifest: the published packages first, then the sample application. */
export function workspaces(): Workspace[] {
  const folders = [...readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name)), join(root, 'sample-app')];
  return folders
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readManifest(folder) }));
}

/** The workspaces that npm publishes. */
export const published = (): Workspace[] => workspaces().filter(({ manifest }) => manifest.private !== true);

/** The TypeScript files of a workspace; specs and their fixtures only when asked for. */
export function sources(workspace: Workspace, { specs = false } = {}): string[] {
  const folder = join(workspace.folder, 'src');
  if (!existsSync(folder)) return [];
  return filesBelow(folder).filter((file) => file.endsWith('.ts') && (specs || !file.endsWith('.spec.ts')));
}

/** The specifiers `file` names in imports, exports and `import()`, types included. */
export function imports(file: string): string[] {
  return ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles.map(({ fileName }) => fileName);
}

/** The source a relative specifier stands for; undefined for a package's name. */
export function importedSource(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const path = resolve(dirname(file), specifier);
  const source = path.replace(/\.js$/, '.ts');
  return existsSync(source) && statSync(source).isFile() ? source : path;
}

/** The package a bare specifier names: `@a/b/c` → `@a/b`, `pg/lib/x` → `pg`. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
