/** Instances as they are, classes as Nest makes them. */
import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { IdempotencyConfigError } from '../config-error.js';
import type { Provided } from './options.js';

/** What was given, or an instance of the class that was given, made once with its dependencies. */
export async function provide<T>(modules: ModuleRef, given: Provided<T>): Promise<T> {
  if (typeof given !== 'function') return given;
  const type = given as Type<T>;
  if ((type as { readonly prototype?: unknown }).prototype === undefined)
    throw new IdempotencyConfigError(
      'A function that makes a part is not a class: give the part itself, its class, or `forRootAsync({ useFactory })`.',
    );
  return modules.create(type);
}
