/** Every script of this repository refuses what it does not know, by naming what it does: nobody is told that nothing went wrong. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { filesBelow, root, shown } from './workspace.js';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The options of each script. */
const SCRIPTS: Readonly<Record<string, readonly string[]>> = {
  'sample-app/src/main.ts': [],
  'test/bench/main.ts': ['rounds', 'requests', 'connections', 'only', 'built', 'write', 'against', 'processes'],
  'test/drivers/main.ts': ['drivers'],
  'test/faults/main.ts': ['kills', 'plain-kills', 'shape-kills', 'sample-kills', 'seed', 'processes', 'history'],
  'test/fuzz/main.ts': ['requests', 'seed'],
  'test/model/main.ts': ['short'],
  'test/model/spin-main.ts': [],
  'test/mutants/main.ts': ['mutants'],
  'test/mutants/regressions/main.ts': ['rows'],
  'test/nest11/main.ts': ['paths'],
  'test/nodes/main.ts': ['versions'],
  'test/parity/main.ts': ['files'],
  'test/proof/interleavings/main.ts': ['schedules', 'seed', 'over'],
  'test/prove/main.ts': ['short', 'only'],
  'test/published/main.ts': ['nest', 'into'],
  'test/redis/fleet/main.ts': ['blows', 'processes', 'clients'],
  'test/soak/main.ts': ['seconds', 'plot'],
  'tools/release/main.ts': ['dry-run', 'into'],
};

/** Known options with values that would run nothing, or another thing than was meant. */
const REFUSED: readonly (readonly [string, string])[] = [
  ['test/bench/main.ts', '--only=nosuch'],
  ['test/bench/main.ts', '--only=memory --write'],
  ['test/bench/main.ts', '--against=no-such-commit'],
  ['test/bench/main.ts', '--against=HEAD --only=records'],
  ['test/bench/main.ts', '--against=HEAD --processes=1'],
  ['test/drivers/main.ts', 'no such driver'],
  ['test/faults/main.ts', '--kills=0 --plain-kills=0 --shape-kills=0 --sample-kills=0'],
  ['test/fuzz/main.ts', '--requests=0'],
  ['test/mutants/main.ts', 'no such mutant'],
  ['test/nest11/main.ts', 'docs'],
  ['test/parity/main.ts', 'no-such-file.json'],
  ['test/prove/main.ts', '--only=nosuch'],
  ['test/soak/main.ts', '0'],
  ['tools/release/main.ts', '--into=tarballs'],
];
const HELPED = 'test/soak/main.ts';
const ASKED = [...Object.keys(SCRIPTS).map((script) => [script, '--nonsense'] as const), ...REFUSED, [HELPED, '--help'] as const];
const ABREAST = 3;
const ended = new Map<string, Ended>();

async function run(script: string, given: string): Promise<Ended> {
  const child = spawn(process.execPath, ['tools/run.js', script, ...given.split(' ')], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout: out.join(''), stderr: err.join('') };
}

beforeAll(async () => {
  const left = [...ASKED];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) ended.set(next.join(' '), await run(...next));
  };
  await Promise.all(Array.from({ length: ABREAST }, worker));
}, 300_000);

it('knows every script of the package', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const started = Object.values(scripts).flatMap((line) => /tools\/run\.js (\S+)/.exec(line)?.[1] ?? []);
  expect(Object.keys(SCRIPTS)).toEqual(expect.arrayContaining(started));
});

it('knows every program that is one to start', () => {
  const programs = ['test', 'tools']
    .flatMap((folder) => filesBelow(join(root, folder)).map(shown))
    .filter((file) => /(^|[/-])main\.ts$/.test(file) && !file.includes('/projects/'))
    // The campaign that `npm run faults` is.
    .filter((file) => file !== 'test/faults/postgres/main.ts');
  expect(Object.keys(SCRIPTS)).toEqual(expect.arrayContaining(programs));
});

it.each(ASKED.filter(([, given]) => given !== '--help'))('%s refuses %s and names what it knows', (script, given) => {
  const { code, stdout, stderr } = ended.get(`${script} ${given}`)!;
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  for (const option of [...SCRIPTS[script]!, 'help']) expect(stderr).toContain(`--${option}`);
});

it('tells by --help what a script takes, and does nothing', () => {
  const { code, stdout, stderr } = ended.get(`${HELPED} --help`)!;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const option of [...SCRIPTS[HELPED]!, 'help']) expect(stdout).toContain(`--${option}`);
});
