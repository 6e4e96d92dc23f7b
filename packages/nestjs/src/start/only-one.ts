/** The module stands once in an application: of two, one would be ignored, its scope too. */
import type { ModulesContainer } from '@nestjs/core';
import { IDEMPOTENCY_BACKEND, IDEMPOTENCY_OPTIONS } from '../tokens.js';
import { IdempotencyConfigError } from '../config-error.js';

/** Throws where the module is set up more than once, and names who imports it. */
export function checkIsOnly(modules: ModulesContainer): void {
  const all = [...modules.values()];
  const ours = all.filter(({ providers }) => providers.has(IDEMPOTENCY_OPTIONS) && providers.has(IDEMPOTENCY_BACKEND));
  if (ours.length < 2) return;
  const types = new Set<unknown>(ours.map(({ metatype }) => metatype));
  const names = all.filter(({ metatype }) => importsOf(metatype).some((type) => types.has(type))).map(({ name }) => name);
  const by = names.length > 0 ? `, by ${names.join(' and ')}` : '';
  throw new IdempotencyConfigError(
    `IdempotencyModule is set up ${ours.length} times${by}: only one of them could protect a request. Call \`forRoot\` once, in the root module; ` +
      "what holds for one feature belongs on its controllers, e.g. `@IdempotencyKey({ keepMs })`, and a feature's own callers in the one `scope`.",
  );
}

/** The modules that a module imports as its decorator says: the ones of Nest's graph hold every global module besides. */
function importsOf(module: object): unknown[] {
  const imports = (Reflect.getMetadata('imports', module) ?? []) as readonly unknown[];
  return imports.map((entry) => (entry as { readonly module?: unknown } | undefined)?.module ?? entry);
}
