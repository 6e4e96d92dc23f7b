/** Runs the tests that must notice a mistake, in a copy, and tells how they ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Noticing } from './mutant.js';

/** How a run ended. `broken` means that no assertion failed: a file could not even be loaded, or the run did not end. */
export type SpecOutcome = { readonly kind: 'passed' | 'caught' | 'broken'; readonly by: string };

interface JestResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** A test that hangs has failed, unless it says itself that it may take longer. */
const TEST_HANGS_AFTER_MS = 5_000;
const RUN_HANGS_AFTER_MS = 120_000;

export async function runSpecs(
  root: string,
  { spec, tests }: Noticing,
  env: Readonly<Record<string, string>>,
): Promise<SpecOutcome> {
  const output = join(root, 'outcome.json');
  rmSync(output, { force: true });
  const args = ['node_modules/jest/bin/jest.js', spec, '--runInBand', '--silent', '--json', `--outputFile=${output}`];
  // What a test that failed left running must not keep its run from ending.
  args.push(`--testTimeout=${TEST_HANGS_AFTER_MS}`, '--forceExit');
  const run = spawn(process.execPath, tests === undefined ? args : [...args, '--testNamePattern', tests], {
    cwd: root,
    env: { ...process.env, ...env, NODE_OPTIONS: '--experimental-vm-modules' },
    stdio: 'ignore',
    timeout: RUN_HANGS_AFTER_MS,
    killSignal: 'SIGKILL',
  });
  const [, signal] = (await once(run, 'exit')) as [number | null, string | null];
  if (signal !== null) return { kind: 'broken', by: 'the run did not end' };
  if (!existsSync(output)) return { kind: 'broken', by: 'jest did not start' };
  const result = JSON.parse(readFileSync(output, 'utf8')) as JestResult;
  const failed = result.testResults.flatMap((file) => file.assertionResults.filter(({ status }) => status === 'failed'));
  if (failed[0]) return { kind: 'caught', by: failed[0].fullName };
  const unloaded = result.testResults.find(({ message }) => message !== '');
  if (unloaded) return { kind: 'broken', by: unloaded.message.slice(0, 500) };
  return result.numPassedTests > 0 ? { kind: 'passed', by: '' } : { kind: 'broken', by: 'no test ran' };
}
