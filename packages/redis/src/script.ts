/** A script that Redis keeps, and how it is asked for: by its digest, and in full where the server has forgotten it. */
import { createHash } from 'node:crypto';
import type { RedisArgument, RedisCommand } from './command.js';
import { toError } from './faults.js';

export interface Script {
  readonly text: string;
  readonly sha: string;
}

export function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

/** One trip; two where the server was restarted, flushed of its scripts or failed over since. `keys` holds at least one. */
export async function runScript(
  client: RedisCommand,
  { text, sha }: Script,
  keys: readonly string[],
  args: readonly RedisArgument[],
): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args];
  const key = keys[0] ?? '';
  try {
    return await client.command(['EVALSHA', sha, ...rest], key);
  } catch (error) {
    if (!toError(error).message.startsWith('NOSCRIPT')) throw error;
    return client.command(['EVAL', text, ...rest], key);
  }
}
