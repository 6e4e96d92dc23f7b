/** Options as an application gives them: an object, or an instance whose class has getters and methods. Pure. */

/** A copy of `given` with all that can be read of it. What stands on its class is no option of its own there either: it is not listed. */
export function copyOf<Options extends object>(given: Options): Options {
  const copy = { ...given };
  for (let above = Object.getPrototypeOf(given) as object | null; above !== null && above !== Object.prototype;) {
    for (const [name, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(above))) {
      if (name === 'constructor' || Object.hasOwn(copy, name)) continue;
      const read: unknown = get ? get.call(given) : value;
      // A method finds what is private only on what was given.
      const own: unknown = !get && typeof read === 'function' ? read.bind(given) : read;
      Object.defineProperty(copy, name, { value: own, writable: true, configurable: true });
    }
    above = Object.getPrototypeOf(above) as object | null;
  }
  return copy;
}
