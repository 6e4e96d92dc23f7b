/** Whether JSON's own words say all of a value, as they do of what JSON was parsed to. Pure. */

/**
 * True where `JSON.stringify` gives the very text of `write` in the order of the keys: only then may it be asked in its place, as it is
 * twice as fast. False in doubt, and for what is nested deeper than `maxDepth` or in a circle.
 */
export function isPlainJson(value: unknown, maxDepth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || maxDepth === 0) return false;
  // Read, as to ask whether it is there is slow where many kinds of objects come by.
  if ((value as { readonly toJSON?: unknown }).toJSON !== undefined) return false;
  if (Array.isArray(value)) return isPlainList(value, maxDepth);
  const prototype = Object.getPrototypeOf(value) as unknown;
  if (prototype !== Object.prototype && prototype !== null) return false;
  // Inherited fields are looked at as well, which at worst gives no.
  for (const name in value) if (!isPlainJson((value as Record<string, unknown>)[name], maxDepth - 1)) return false;
  return true;
}

function isPlainList(list: readonly unknown[], maxDepth: number): boolean {
  // No fields beside its items; one that is missing is no JSON.
  if (Object.keys(list).length !== list.length) return false;
  for (const item of list) if (!isPlainJson(item, maxDepth - 1)) return false;
  return true;
}
