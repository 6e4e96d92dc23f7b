/** Classes that are injected by themselves: another copy of this package has its own, and is given what this one has in their place. */
import type { DynamicModule, Type } from '@nestjs/common';
import { shared } from '@nestjs-idempotency/core';

type Named = Readonly<Record<string, Type>>;

const known = shared('classes', () => new Map<string, Set<Type>>());

/** Tells all copies in the process of the classes of this one. To be called when it is loaded. */
export function tellOf(own: Named): void {
  for (const [name, type] of Object.entries(own)) known.set(name, (known.get(name) ?? new Set()).add(type));
}

/** `definition`, in which the classes of copies that are loaded by now stand for `own` as well. */
export function forAllCopies(definition: DynamicModule, own: Named): DynamicModule {
  const aliases = Object.entries(own).flatMap(([name, type]) =>
    [...(known.get(name) ?? [])].filter((copy) => copy !== type).map((copy) => ({ provide: copy, useExisting: type })),
  );
  return {
    ...definition,
    providers: [...(definition.providers ?? []), ...aliases],
    exports: [...(definition.exports ?? []), ...aliases.map(({ provide }) => provide)],
  };
}
