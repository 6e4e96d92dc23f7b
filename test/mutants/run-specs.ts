/** Runs specs in a copy, and tells how they ended. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** How a run ended. `broken` means that a file could not even be loaded, which catches nothing. */
export type SpecOutcome = { readonly kind: 'passed' | 'caught' | 'broken'; readonly by: string };

interface JestResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** A run that takes longer than this hangs, and a test that hangs has failed. */
const HANGS_AFTER_MS = 240_000;

export function runSpecs(root: string, specs: readonly string[]): SpecOutcome {
  const output = join(root, 'outcome.json');
  rmSync(output, { force: true });
  const args = ['node_modules/jest/bin/jest.js', ...specs, '--silent', '--json', `--outputFile=${output}`];
  const { error } = spawnSync(process.execPath, args, {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '--experimental-vm-modules' },
    stdio: 'ignore',
    timeout: HANGS_AFTER_MS,
    killSignal: 'SIGTERM',
  });
  if (error && 'code' in error && error.code === 'ETIMEDOUT') return { kind: 'caught', by: 'a test that did not end' };
  if (!existsSync(output)) return { kind: 'broken', by: 'jest did not start' };
  const result = JSON.parse(readFileSync(output, 'utf8')) as JestResult;
  const failed = result.testResults.flatMap((file) => file.assertionResults.filter(({ status }) => status === 'failed'));
  if (failed[0]) return { kind: 'caught', by: failed[0].fullName };
  const unloaded = result.testResults.find(({ message }) => message !== '');
  if (unloaded) return { kind: 'broken', by: unloaded.message.slice(0, 500) };
  return result.numPassedTests > 0 ? { kind: 'passed', by: '' } : { kind: 'broken', by: 'no test ran' };
}
