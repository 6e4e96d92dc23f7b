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
  called(type, name);
  const brand = symbolOf(name);
  Object.defineProperty(type.prototype, brand, { value: true });
  Object.defineProperty(type, Symbol.hasInstance, {
    value(this: unknown, given: unknown): boolean {
      if (this !== type) return Function.prototype[Symbol.hasInstance].call(this as () => void, given);
      return typeof given === 'object' && given !== null && brand in given;
    },
  });
}

const NAME = symbolOf('class-name');

/** Gives `type` a name that a bundler, which may shorten that of its class, leaves as it is. To be called in a static block of the class. */
export function called(type: abstract new (...given: never[]) => object, name: string): void {
  Object.defineProperty(type.prototype, NAME, { value: name });
}

/** So short a name is a bundler's. */
const SHORTENED = 2;

/**
 * What the class of `made` is called, or the nearest class above it that has a name of its own; `undefined` where none is known.
 * Classes of an application are known by the name that they have in its bundle.
 */
export function classNameOf(made: object): string | undefined {
  for (let type = prototypeOf(made); type !== null && type !== Object.prototype; type = prototypeOf(type)) {
    if (Object.hasOwn(type, NAME)) return (type as Record<symbol, string>)[NAME];
    const { name } = (Object.hasOwn(type, 'constructor') ? type.constructor : {}) as { readonly name?: string };
    if (name !== undefined && name.length > SHORTENED && name !== 'Object') return name;
  }
  return undefined;
}

const prototypeOf = (of: object): object | null => Object.getPrototypeOf(of) as object | null;
