/** Runs a command of the published checks with the very Node that runs them, and shows its output only when it fails. */
import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A command ended with a code that is not zero; the message holds all it printed. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** The standard output of `file args…` in `folder`. Rejects with a {@link CommandError} when it fails or takes longer than five minutes. */
export async function command(folder: string, file: string, ...args: string[]): Promise<string> {
  const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const env = { ...process.env, PATH, NODE_OPTIONS: '', NO_COLOR: '1' };
  try {
    return (await run(file, args, { cwd: folder, env, timeout: 300_000, maxBuffer: 64 * 2 ** 20 })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    throw new CommandError(`${file} ${args.join(' ')}\n${stdout}${stderr || message}`.trim(), { cause: error });
  }
}
