/** Options as an application gives them: an object, an instance whose class has getters and methods, or a proxy. Pure. */
import { nearest } from './nearest.js';

/**
 * A plain copy of `given`: its own fields, what else it has under one of `names`, and what its class has under a name that is nearly one
 * of them, so that it is noticed. Other members of a class are its own affair.
 */
export function readOptions<Options extends object>(given: Options, names: readonly string[]): Options {
  const copy = { ...given } as Record<string, unknown>;
  const read = (name: string): void => {
    if (Object.hasOwn(copy, name)) return;
    const value: unknown = (given as Readonly<Record<string, unknown>>)[name];
    // A method finds what is private only on what was given; a class or a function that can be made with `new` is none.
    if (value !== undefined) copy[name] = isMethod(value) ? value.bind(given) : value;
  };
  for (const name of names) read(name);
  for (let above = prototypeOf(given); above !== null && above !== Object.prototype; above = prototypeOf(above))
    for (const name of Object.getOwnPropertyNames(above))
      if (name !== 'constructor' && nearest(name, names) !== undefined) read(name);
  return copy as Options;
}

function isMethod(value: unknown): value is (...given: never[]) => unknown {
  return typeof value === 'function' && !Object.hasOwn(value, 'prototype');
}

const prototypeOf = (of: object): object | null => Object.getPrototypeOf(of) as object | null;
