/** A binary of Node of another version than the one that runs here, brought by npm. */
import { join } from 'node:path';
import { command } from '../published/command.js';

/** The package of npm that holds the binary of Node for this machine; the package `node` is a script that installs it. */
const BINARIES = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

/** The binary of Node `version`, installed in a folder of its own below `folder`. */
export async function binary(folder: string, version: string): Promise<string> {
  const home = join(folder, version);
  await command(folder, 'npm', 'install', '--no-audit', '--no-fund', '--prefix', home, `${BINARIES}@${version}`);
  return join(home, 'node_modules', BINARIES, 'bin/node');
}
