/** What is played, and in which order: the blocks of each page, in a process of its own, since some tools load Nest as CommonJS. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Block, placeOf } from './blocks.js';
import { type Way, wayOf } from './ways.js';
import type { Workshop } from './workshop.js';

export interface Turn {
  readonly place: string;
  readonly way: Way;
  readonly text: string;
  /** Of a program. */
  readonly file?: string;
}

export interface Plan {
  readonly pages: readonly (readonly Turn[])[];
}

const PLAYED: readonly Way[] = ['program', 'session', 'answer', 'statements', 'sql'];
export const isPlayed = (block: Block): boolean => PLAYED.includes(wayOf(block));

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Plays the blocks with `env` about them. Gives what went wrong, by the place. */
export async function play(
  blocks: readonly Block[],
  workshop: Workshop,
  env: Record<string, string>,
): Promise<Map<string, string>> {
  const turns = blocks.filter(isPlayed).map((block) => {
    const file = workshop.written.find((one) => one.block === block)?.file;
    return {
      place: placeOf(block),
      way: wayOf(block),
      text: block.text,
      document: block.document,
      ...(file !== undefined && { file }),
    };
  });
  const plan: Plan = {
    pages: [...new Set(turns.map(({ document }) => document))].map((page) => turns.filter(({ document }) => document === page)),
  };
  const [planFile, resultFile] = [join(workshop.folder, 'plan.json'), join(workshop.folder, 'result.json')];
  writeFileSync(planFile, JSON.stringify(plan));
  const command = [at('../../tools/run.js'), at('play.program.ts'), planFile, resultFile];
  await promisify(execFile)(process.execPath, command, { env: { ...process.env, NODE_OPTIONS: '', ...env } });
  return new Map(Object.entries(JSON.parse(readFileSync(resultFile, 'utf8')) as Record<string, string>));
}
