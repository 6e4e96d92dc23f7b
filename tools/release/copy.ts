/** A copy of the last commit, in which a release may change what it likes: the tree of the caller stays as it is. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** What Git says is not committed in `folder`, file by file. */
export function uncommitted(folder: string): string[] {
  const told = execFileSync('git', ['status', '--porcelain', '--untracked-files=all'], { cwd: folder, encoding: 'utf8' });
  return told.split('\n').filter((line) => line !== '');
}

/** Makes the folder `into` of the last commit of `from`, with the packages that are installed there. */
export function copyOf(from: string, into: string): void {
  execFileSync('git', ['clone', '--quiet', from, into], { stdio: ['ignore', 'ignore', 'inherit'] });
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
