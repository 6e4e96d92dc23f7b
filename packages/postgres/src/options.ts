/** What the stores in Postgres are given: each option, and the tool that they share. */
import { kinds } from '@nestjs-idempotency/core';
import type { AskingOptions } from './asking.js';
import type { ListenOptions } from './listen-connection.js';
import { NAME_KINDS, type NameOptions } from './names.js';
import { WrongSourceError } from './one-connection.js';
import type { PurgeOptions } from './purger.js';
import type { SqlSource } from './sql-client.js';
import { hasAll, toolOf } from './tools.js';

const { either, func, hasMethods, just, optionsOf, timerMs } = kinds;

export const ASKING: kinds.KindsOf<NameOptions & AskingOptions> = { ...NAME_KINDS, timeoutMs: timerMs };

export const LISTENING: kinds.KindsOf<NameOptions & AskingOptions & ListenOptions> = {
  ...ASKING,
  listen: func,
  onListenError: func,
};

export const PURGING: kinds.KindsOf<PurgeOptions> = { purgeEveryMs: either(timerMs, just(false)), onPurgeError: func };

/** `options` of `maker`, if they and the tool are right; throws a `TypeError` that names the cure otherwise. */
export function checked<Options extends object>(
  maker: string,
  source: SqlSource,
  options: Options,
  of: kinds.KindsOf<Options>,
): Options {
  checkSource(maker, source);
  return optionsOf(maker, options, of);
}

/** Throws where `source` is not what shares the transactions of a tool, but perhaps the tool itself. */
export function checkSource(maker: string, source: unknown): void {
  // TypeORM has both of them, and answers otherwise.
  if (hasMethods(source, ['query', 'transaction']) && !hasMethods(source, ['createQueryRunner'])) return;
  throw new TypeError(
    `${maker} takes what shares the transactions of your tool, e.g. \`fromPool(pool)\`, \`fromDataSource(dataSource)\`, \`fromPrisma(prisma)\`; ` +
      `it was given ${kinds.describe(source)}.`,
  );
}

/** Throws where `given` has not all `methods` of the tool that `from` is for. */
export function checkTool(from: string, given: unknown, methods: readonly string[]): void {
  if (hasAll(given, methods)) return;
  const name = from.slice(0, from.indexOf('('));
  const tool = toolOf(given);
  const its = tool && `\`${name === 'joining' ? name : tool.from}\` of '@nestjs-idempotency/postgres/${tool.module}'`;
  throw new TypeError(
    `${name} was given ${tool ? tool.name : kinds.describe(given)}: write \`${from}\`${its ? `, or take ${its}` : ''}.`,
  );
}

/** Throws where the tool says that it is for `found`, and that is none of the `dialects` of Postgres; `cure` says what to give. */
export function checkDialect(from: string, found: unknown, dialects: readonly string[], cure: string): void {
  if (typeof found !== 'string' || dialects.includes(found)) return;
  throw new WrongSourceError(`${from} was given a tool for '${found}', and the records are kept in Postgres: ${cure}.`);
}
