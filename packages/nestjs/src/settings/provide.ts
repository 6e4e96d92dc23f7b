/** Instances as they are, classes as Nest makes them. */
import type { Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { Provided } from './options.js';

/** What was given, or an instance of the class that was given, made once with its dependencies. */
export async function provide<T>(modules: ModuleRef, given: Provided<T>): Promise<T> {
  if (typeof given !== 'function') return given;
  return modules.create(given as Type<T>);
}
