/** Commands of npm as pages show them: that the scripts, their options, the files and the packages that they name are there. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readManifest, root, workspaces } from '../architecture/workspace.js';

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

/** What is wrong in the lines of `text`. */
export async function wrongCommands(text: string): Promise<string[]> {
  const commands = text
    .split('\n')
    .map((line) => line.replace(/ +#.*$/, ''))
    .flatMap((line) => line.split(' && '))
    .filter((command) => command !== '');
  return (await Promise.all(commands.map(wrongIn))).flat();
}

async function wrongIn(command: string): Promise<string[]> {
  const [program, verb = '', ...rest] = command.split(/ +/);
  if (program === 'npm' && verb === 'ci' && rest.length === 0) return [];
  if (program === 'npm' && verb === 'install')
    return rest.filter((name) => name !== '--save-dev' && !isPackage(name)).map((name) => `${name} is no package`);
  const [script = '', ...given] = verb === 'run' ? rest : [verb, ...rest];
  if (program !== 'npm' || !(script in scripts)) return [`not known: ${command}`];
  return wrongArguments(script, given.slice(1), command);
}

/** A package of ours, or one that ours go with. */
function isPackage(name: string): boolean {
  const names = workspaces().flatMap(({ manifest }) => [manifest.name, ...Object.keys(manifest.peerDependencies ?? {})]);
  return [...names, ...Object.keys(readManifest(root).devDependencies ?? {})].includes(name);
}

async function wrongArguments(script: string, given: readonly string[], command: string): Promise<string[]> {
  if (given.length === 0) return [];
  const [node, ...program] = scripts[script]!.split(' ');
  if (node !== 'node') return [`takes no arguments that can be looked up: ${command}`];
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout } = await promisify(execFile)(process.execPath, [...program, '--help'], { cwd: root, env });
  const unknown = given.filter((word) => word.startsWith('--') && !stdout.includes(word));
  // What is called `my-…` is the reader's own.
  const missing = given.filter((word) => word.endsWith('.json') && !word.startsWith('my-') && !existsSync(join(root, word)));
  return [...unknown.map((word) => `${script} knows no ${word}`), ...missing.map((word) => `there is no file ${word}`)];
}
