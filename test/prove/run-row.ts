/** Runs the command of a row as anybody would, and keeps what it printed. */
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLine, type Row, type RowOutcome } from './row.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Settles when the command has ended. What it prints goes to `reports/prove/`, one file a row. */
export async function runRow(row: Row, isShort: boolean, number: number): Promise<RowOutcome> {
  const command = isShort ? (row.short ?? row.command) : row.command;
  mkdirSync(join(ROOT, 'reports/prove'), { recursive: true });
  const log = createWriteStream(join(ROOT, `reports/prove/${number}.log`));
  const began = performance.now();
  const chunks: Buffer[] = [];
  const exitCode = await new Promise<number>((resolve, reject) => {
    const child = spawn('bash', ['-c', command], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const keep = (chunk: Buffer) => {
      chunks.push(chunk);
      log.write(chunk);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code ?? 1);
    });
  });
  log.end();
  const figure = (row.figure ?? lastLine)(Buffer.concat(chunks).toString());
  return { row, command, isProven: exitCode === 0, figure, seconds: Math.round((performance.now() - began) / 1_000) };
}
