/** Runs the Promela model through Spin, where Spin and a C compiler are installed or can be. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canInstall, install } from '../servers/debian.js';

const MODEL = fileURLToPath(new URL('idempotency.pml', import.meta.url));

/** Macros of the model that take one rule away, and the assertion that must then fail. */
export const PROMELA_VARIANTS = {
  CLAIM_WITHOUT_EXCLUDING: 'leases<=1',
  NO_LOOK_AFTER_CLAIM: 'effected[j]',
  RELEASE_WITHOUT_TOKEN: 'leases<=1',
  RENEW_WITHOUT_TOKEN: 'leases<=1',
  OVERWRITES: 'record==first',
  RELEASE_BEFORE_SAVE: 'effected[j]',
  RELEASE_ON_FAILED_SAVE: 'effected[j]',
  LATE_HOLDER_ANSWERS_ITS_OWN: 'told==record',
  FORGETS_LAPSES: 'effects<=(1+reports)',
  RELEASE_ON_FAILED_OPEN: 'effects<=(1+reports)',
} as const;

/** What Spin found. `violated` is the assertion that failed. */
export interface SpinSearch {
  readonly states: number;
  readonly violated: string | undefined;
}

/** The version of Spin, which is installed where that is possible; nothing where Spin or the compiler is missing. */
export function spinVersion(): string | undefined {
  if (lacks('spin', '-V') && canInstall()) install('/usr/bin/spin', 'spin', 'gcc', 'libc6-dev');
  if (lacks('gcc', '--version')) return undefined;
  const { error, stdout } = spawnSync('spin', ['-V'], { encoding: 'utf8' });
  return error ? undefined : stdout.trim();
}

function lacks(program: string, flag: string): boolean {
  return spawnSync(program, [flag]).error !== undefined;
}

/** Searches all states of `deliveries` requests, without the rule that `macro` takes away. Throws unless the search was complete. */
export function searchWithSpin(deliveries: number, macro?: keyof typeof PROMELA_VARIANTS): SpinSearch {
  const cwd = mkdtempSync(join(tmpdir(), 'spin-'));
  try {
    cpSync(MODEL, join(cwd, 'idempotency.pml'));
    const run = (command: string, ...args: string[]) =>
      execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    run('spin', `-DN=${deliveries}`, ...(macro ? [`-D${macro}`] : []), '-a', 'idempotency.pml');
    run('gcc', '-O1', '-w', '-DSAFETY', '-DCOLLAPSE', '-o', 'pan', 'pan.c');
    const { stdout } = spawnSync(join(cwd, 'pan'), ['-m100000'], { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
    const violated = /assertion violated (.*) \(at depth/.exec(stdout)?.[1];
    const states = Number(/(\d+) states, stored/.exec(stdout)?.[1]);
    if (violated === undefined && !stdout.includes('errors: 0')) throw new Error(`Spin did not finish:\n${stdout}`);
    if (/max search depth too small|out of memory/.test(stdout)) throw new Error(`Spin did not look everywhere:\n${stdout}`);
    return { states, violated };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
