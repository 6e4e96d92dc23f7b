/** Refuses the start of an application that marks handlers and does not import the module, which could not tell of it. */
import { Catch, type ExceptionFilter, Inject, type OnModuleInit, type Type, UseFilters } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { IDEMPOTENCY_OPTIONS } from '../tokens.js';
import { IdempotencyConfigError } from '../config-error.js';
import { markedMethods } from './marks.js';

/** Never thrown, so that the filter is never asked. */
class NeverThrown {}

/**
 * Bound to what is marked, so that Nest makes one in each module that has marked handlers and initialises it with the application.
 * A filter, because that costs a request nothing; at the initialisation, because unit tests only compile their module.
 */
@Catch(NeverThrown)
export class ModuleRequired implements ExceptionFilter, OnModuleInit {
  constructor(@Inject(ModulesContainer) private readonly modules: ModulesContainer) {}

  onModuleInit(): void {
    const modules = [...this.modules.values()];
    if (modules.some(({ providers }) => providers.has(IDEMPOTENCY_OPTIONS))) return;
    const types = modules.flatMap(({ controllers, providers }) =>
      [...controllers.values(), ...providers.values()].map(({ metatype }) => metatype),
    );
    throw new IdempotencyConfigError(
      `${placeIn(types)} is marked to be idempotent, but IdempotencyModule is not imported, so that nothing protects it: ` +
        'add `IdempotencyModule.forRoot()` to the imports of the root module, or of the testing module.',
    );
  }

  catch(error: unknown): never {
    throw error;
  }
}

/** Binds the check to a marked method or class, once. */
export function requireModule(marked: object): void {
  if (!isBoundTo(marked)) UseFilters(ModuleRequired)(marked as Type);
}

/** Where Nest keeps what `@UseFilters()` was given. */
const FILTERS = '__exceptionFilters__';

function isBoundTo(target: object): boolean {
  return (Reflect.getMetadata(FILTERS, target) as unknown[] | undefined)?.includes(ModuleRequired) ?? false;
}

function placeIn(types: readonly unknown[]): string {
  for (const type of types) {
    if (typeof type !== 'function' || type.prototype === undefined) continue;
    const [method] = markedMethods(type.prototype as object);
    if (method) return `${type.name}.${String(method.name)}`;
    if (isBoundTo(type)) return type.name;
  }
  return 'A handler';
}
