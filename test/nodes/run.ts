/** Runs the suite, and the published checks, with a given binary of Node, and reads what came of them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { root } from '../architecture/workspace.js';

/** What a run of jest came to; a run that left no result counts as one failure. */
export interface Suite {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What the published checks came to. */
export interface Published {
  readonly passed: number;
  readonly all: number;
  /** How many projects on this Nest and platform replayed, and how many there are. */
  replays(nest: number, platform: string): readonly [number, number];
}

interface JestResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly numPendingTests: number;
}

/** Runs `node args…` in `cwd` with its output shown; resolves with its standard output. */
async function run(
  cwd: string,
  node: string,
  args: readonly string[],
  options = '',
): Promise<{ code: number | null; output: string }> {
  const env = { ...process.env, CI: 'true', NODE_OPTIONS: options, PATH: [dirname(node), process.env['PATH']].join(delimiter) };
  const child = spawn(node, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** The tests at `paths` of the repository, or of a copy of it in `folder`, on `node`: all by default. Jest leaves its result in the file `result`. */
export async function runSuite(node: string, result: string, folder = root, paths: readonly string[] = []): Promise<Suite> {
  const jest = join(folder, 'node_modules/jest/bin/jest.js');
  const args = [jest, '--json', `--outputFile=${result}`, ...paths];
  const { code } = await run(folder, node, args, '--experimental-vm-modules');
  try {
    const found = JSON.parse(await readFile(result, 'utf8')) as JestResult;
    const failed = found.numFailedTests + found.numRuntimeErrorTestSuites;
    return { passed: found.numPassedTests, failed: code === 0 ? failed : Math.max(failed, 1), skipped: found.numPendingTests };
  } catch (error) {
    console.error(`The suite left no result: ${String(error)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** The published checks on `node`. */
export async function runPublished(node: string): Promise<Published> {
  const { output } = await run(root, node, ['tools/run.js', 'test/published/main.ts']);
  const lines = output.split('\n').filter((line) => /^(not )?ok /.test(line));
  const passed = (found: readonly string[]): number => found.filter((line) => line.startsWith('ok')).length;
  return {
    passed: passed(lines),
    all: Math.max(lines.length, 1),
    replays: (nest, platform) => {
      const found = lines.filter((line) => line.includes(`nest ${nest},`) && line.includes(`, ${platform}: replays`));
      return [passed(found), found.length];
    },
  };
}
