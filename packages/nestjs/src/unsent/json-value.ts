/** Whether a value is the same after it was written as JSON and read again. Pure. */

/** What is nested deeper counts as lost; so do circles. */
const DEPTH = 500;

/**
 * True for null, texts, booleans, finite numbers, dense lists and plain objects of these; a property that is `undefined` counts as
 * absent. False for everything that a serializer outside may treat otherwise than its JSON: instances, dates, bytes, streams.
 */
export function survivesJson(value: unknown, depth = 0): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || depth === DEPTH) return false;
  if (Array.isArray(value))
    return (
      Object.getPrototypeOf(value) === Array.prototype && isDense(value) && value.every((item) => survivesJson(item, depth + 1))
    );
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Reflect.ownKeys(value).every((key) => {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (typeof key !== 'string' || property === undefined || !property.enumerable || !('value' in property)) return false;
    return property.value === undefined || survivesJson(property.value, depth + 1);
  });
}

/** A copy of `value`, which nobody can change in place, where it survives JSON; otherwise `value` itself. Never throws. */
export function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  try {
    return survivesJson(value) ? JSON.parse(JSON.stringify(value)) : value;
  } catch {
    // What cannot even be looked at does not survive.
    return value;
  }
}

/** Without holes, and without properties besides its items and its length. */
function isDense(list: readonly unknown[]): boolean {
  return Reflect.ownKeys(list).length === list.length + 1;
}
