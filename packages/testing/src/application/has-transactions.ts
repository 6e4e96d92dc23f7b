/** Whether a backend that is never made has transactions. Pure. */

type Class = abstract new (...given: never[]) => object;

/**
 * Of an instance, or of the class that makes one. What its constructor or its fields put there is looked for in its words, as nobody
 * makes it here; one whose other methods are not on its prototype either counts as one that has them.
 */
export function hasTransactions(backend: unknown): boolean {
  if (typeof backend !== 'function')
    return typeof (backend as { readonly transaction?: unknown } | null)?.transaction === 'function';
  const { prototype } = backend as Class;
  if ('transaction' in prototype || !('open' in prototype)) return true;
  for (let type: unknown = backend; typeof type === 'function'; type = Object.getPrototypeOf(type))
    if (/\btransaction\b/.test(Function.prototype.toString.call(type))) return true;
  return false;
}
