/** A copy of the last commit, in which a release may change what it likes: the tree of the caller stays as it is. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What Git says is not committed in `folder`, file by file. */
export function uncommitted(folder: string): string[] {
  const told = execFileSync('git', ['status', '--porcelain', '--untracked-files=all'], { cwd: folder, encoding: 'utf8' });
  return told.split('\n').filter((line) => line !== '');
}

/** Who makes the commit of a copy, which nobody keeps. */
const NOBODY = ['-c', 'user.name=nobody', '-c', 'user.email=nobody@localhost', '-c', 'commit.gpgsign=false'];

/**
 * Makes the folder `into` of the last commit of `from`, as the only commit of a repository of its own, with the packages that are installed
 * there. Of its own, because changesets look for the commits that brought them, and in a shallow clone never stop to.
 */
export function copyOf(from: string, into: string): void {
  const git = (folder: string, ...args: readonly string[]): void => {
    execFileSync('git', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  git(from, 'clone', '--quiet', '--depth=1', pathToFileURL(from).href, into);
  rmSync(join(into, '.git'), { recursive: true });
  git(into, 'init', '--quiet', '--initial-branch=main');
  git(into, 'add', '.');
  git(into, ...NOBODY, 'commit', '--quiet', '--no-verify', '--message=released');
  lend(join(from, 'node_modules'), join(into, 'node_modules'));
}

/** What npm links to a workspace is linked to that of the copy; all else stays where it is. */
function lend(installed: string, into: string): void {
  mkdirSync(into);
  for (const entry of readdirSync(installed, { withFileTypes: true })) {
    const [from, to] = [join(installed, entry.name), join(into, entry.name)];
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else if (entry.name.startsWith('@')) lend(from, to);
    else symlinkSync(from, to);
  }
}
