/**
 * What several copies of our packages in one process have in common: `import` and `require` load a copy each, and so do two versions.
 * They agree by symbols of the registry, never by the identity of a class or of a module.
 */

const symbolOf = (name: string): symbol => Symbol.for(`nestjs-idempotency:${name}`);

/** What all copies keep under `name` in this process; the first that asks makes it. */
export function shared<T extends object>(name: string, make: () => T): T {
  const all = globalThis as Record<symbol, T | undefined>;
  return (all[symbolOf(name)] ??= make());
}

/**
 * Makes `instanceof type` true of what any copy made, by a brand on the prototype. Classes that extend `type` are branded as it is, and
 * have an `instanceof` of their own again unless they are branded themselves. To be called in a static block of the class.
 */
export function branded(type: abstract new (...given: never[]) => object, name: string): void {
  const brand = symbolOf(name);
  Object.defineProperty(type.prototype, brand, { value: true });
  Object.defineProperty(type, Symbol.hasInstance, {
    value(this: unknown, given: unknown): boolean {
      if (this !== type) return Function.prototype[Symbol.hasInstance].call(this as () => void, given);
      return typeof given === 'object' && given !== null && brand in given;
    },
  });
}
