/** What kept records weigh, and whether many of them slow anything down; measured in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Place } from '../place.js';
import { table } from '../table.js';

interface Records {
  readonly overheadBytes: number;
  readonly steps: readonly {
    readonly keys: number;
    readonly firstMicros: number;
    readonly replayMicros: number;
    readonly slowestMicros: number;
  }[];
}

/** Runs the program and reports what it found. */
export async function recordsChapter(ours: Place): Promise<string> {
  const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production' };
  const child = fork(ours.program('records'), { env, execArgv: ['--expose-gc', '--max-old-space-size=4096'] });
  const exited = once(child, 'exit');
  const told = once(child, 'message');
  const first = await Promise.race([told, exited]);
  if (typeof first[0] === 'number') throw new Error(`The program that measures records ended with code ${first[0]}.`);
  const { overheadBytes, steps } = first[0] as Records;
  await exited;
  const lines = steps.map((step) => [
    step.keys.toLocaleString('en'),
    `${step.firstMicros.toFixed(1)} µs`,
    `${step.replayMicros.toFixed(1)} µs`,
    `${(step.slowestMicros / 1000).toFixed(0)} ms`,
  ]);
  return [
    '## Kept records in memory',
    `Overhead of one kept record with a body of 1 KB: ${overheadBytes.toFixed(0)} bytes.`,
    table(['keys kept', 'first request, median', 'replay, median', 'slowest on the way'], lines),
  ].join('\n\n');
}
