/** One application has one configuration. */
import type { ModulesContainer } from '@nestjs/core';
import { IDEMPOTENCY_OPTIONS } from '../tokens.js';
import { IdempotencyConfigError } from './config-error.js';

/** The key under which Nest keeps what `@Module({ imports })` declares. */
const IMPORTS = 'imports';

/**
 * Throws an `IdempotencyConfigError` that names the importing modules where options were given more than once: the interceptors of all
 * of them would see every request, and the first one would decide for the others, with its scope and its store.
 */
export function refuseSecond(modules: ModulesContainer): void {
  const all = [...modules.values()];
  const ours = all.filter(({ providers }) => providers.has(IDEMPOTENCY_OPTIONS));
  if (ours.length < 2) return;
  const isOurs = (imported: unknown): boolean =>
    typeof imported === 'object' &&
    imported !== null &&
    'module' in imported &&
    ours.some(({ metatype }) => metatype === imported.module);
  const places = all
    .filter(({ metatype }) => ((Reflect.getMetadata(IMPORTS, metatype) ?? []) as unknown[]).some(isOurs))
    .map(({ name }) => name);
  const where = places.length === 0 ? '' : `, in ${places.join(' and ')}`;
  throw new IdempotencyConfigError(
    `IdempotencyModule is configured ${ours.length} times${where}: call forRoot once, in the root module. ` +
      'What differs from route to route is said by their decorators, and a `scope` may look at the request.',
  );
}
