/** A copy of the workspace in which other versions are installed than those that are locked here. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { filesBelow, root } from '../architecture/workspace.js';
import { command } from '../published/command.js';

/** Copies the files of the workspace into `folder`, each manifest as `changed` gives it, and installs what they ask for. */
export async function copyInstalled(folder: string, changed: (manifest: string) => string = (same) => same): Promise<void> {
  for (const file of filesBelow(root)) {
    const copied = join(folder, relative(root, file));
    await mkdir(dirname(copied), { recursive: true });
    if (file.endsWith('package.json')) await writeFile(copied, changed(await readFile(file, 'utf8')));
    else await copyFile(file, copied);
  }
  // Everything else as it is locked; npm takes the peers of what is locked there for those of what takes its place.
  await install(folder);
}

/** Installs `packages` into the workspace in `folder`, whose manifests and whose lock stay as they are; without any, what is locked. */
export async function install(folder: string, packages: readonly string[] = []): Promise<void> {
  const quietly = ['--no-audit', '--no-fund', '--legacy-peer-deps', ...(packages.length > 0 ? ['--no-save'] : [])];
  await command(folder, 'npm', 'install', ...quietly, ...packages);
}

/** The version of the package `name` that is installed in `folder`. */
export async function versionIn(folder: string, name: string): Promise<string> {
  const manifest = await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
