/** Another revision of this repository, served by the programs of this one: a git worktree in a temporary folder, with its own packages built. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { programsIn, type Place } from './place.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The commit that `name` stands for; `undefined` where this repository knows none. */
export function commitOf(name: string): string | undefined {
  const asked = ['rev-parse', '--quiet', '--verify', '--end-of-options', `${name}^{commit}`];
  const { status, stdout } = spawnSync('git', asked, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? stdout.trim() : undefined;
}

/** Builds `commit` for as long as `use` works with it. It is given the dependencies of today: what is compared is the code alone. */
export async function withRevision<T>(commit: string, use: (place: Place) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'idempotency-revision-'));
  const git = (...asked: string[]): void => {
    execFileSync('git', ['worktree', ...asked], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  try {
    git('add', '--quiet', '--detach', folder, commit);
    await link(folder);
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
    return await use(await programsIn(pathToFileURL(join(folder, 'node_modules/.bench/'))));
  } finally {
    await rm(folder, { recursive: true, force: true });
    git('prune');
  }
}

/** Links what is installed here into `folder`, all but the packages of this repository: those are the folder's own. */
async function link(folder: string): Promise<void> {
  const own = new Map<string, string>();
  for (const name of await readdir(join(folder, 'packages'))) {
    const path = join(folder, 'packages', name);
    const manifest = JSON.parse(await readFile(join(path, 'package.json'), 'utf8')) as { name: string };
    own.set(manifest.name, path);
  }
  const scopes = new Set([...own.keys()].filter((name) => name.startsWith('@')).map(dirname));
  const installed = (await readdir(join(ROOT, 'node_modules'))).filter((name) => !own.has(name) && !scopes.has(name));
  const all = [...installed.map((name) => [name, join(ROOT, 'node_modules', name)] as const), ...own];
  for (const [name, path] of all) {
    const at = join(folder, 'node_modules', name);
    await mkdir(dirname(at), { recursive: true });
    await symlink(path, at);
  }
}
