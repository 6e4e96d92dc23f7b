/** One driver in one version: installed into a copy of the workspace, compiled against, and run by the tests that are about it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { command, CommandError } from '../published/command.js';
import { install, versionIn } from '../nest11/copy.js';
import { runSuite, type Suite } from '../nodes/run.js';
import type { Row } from './rows.js';

/** What came of it; `versions` are those that were installed, by package. */
export interface Outcome extends Suite {
  readonly versions: Readonly<Record<string, string>>;
  readonly node: string;
  readonly isTyped: boolean;
}

/** Runs `row` in `folder`, where the workspace is installed as it is locked, on the binary `node`. */
export async function runRow(folder: string, row: Row, node: string): Promise<Outcome> {
  await install(folder, row.packages);
  const names = row.packages.map((asked) => asked.slice(0, asked.lastIndexOf('@')));
  const versions = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await versionIn(folder, name)] as const)),
  );
  const isTyped = await compiles(folder, row);
  const titled = row.titled === undefined ? [] : ['--testNamePattern', row.titled];
  // A client that is left behind after a failure would keep jest, and the rows after it, waiting.
  const suite = await runSuite(node, join(folder, 'result.json'), folder, [...row.specs, ...titled, '--forceExit']);
  return { ...suite, versions, isTyped, node: (await command(folder, node, '--version')).trim().slice(1) };
}

async function compiles(folder: string, { sources }: Row): Promise<boolean> {
  const project = join(folder, 'tsconfig.driver.json');
  await writeFile(project, JSON.stringify({ extends: './tsconfig.json', include: [], files: sources }));
  try {
    await command(folder, process.execPath, 'node_modules/typescript/bin/tsc', '-p', project);
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    console.error(error.message);
    return false;
  }
}
