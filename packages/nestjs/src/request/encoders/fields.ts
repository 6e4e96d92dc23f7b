/** Which fields of a body count. */

/** Paths as a tree: a leaf is the whole of what is below it. */
export type FieldTree = ReadonlyMap<string, FieldTree>;

/** Which fields count: only those of the tree, or all but those. */
export interface FieldFilter {
  readonly kind: 'only' | 'except';
  readonly tree: FieldTree;
}

/** Reads dotted paths such as `customer.id`. An array is passed through: `items.price` is the price of every item. */
export function fieldFilter(kind: FieldFilter['kind'], paths: readonly string[]): FieldFilter {
  return { kind, tree: treeOf(paths.map((path) => path.split('.'))) };
}

function treeOf(paths: readonly (readonly string[])[]): FieldTree {
  const tails = new Map<string, string[][]>();
  for (const [name, ...tail] of paths) if (name !== undefined) tails.set(name, [...(tails.get(name) ?? []), tail]);
  // A path that ends here names all that is below, so that longer ones add nothing.
  return new Map([...tails].map(([name, below]) => [name, treeOf(below.some((tail) => tail.length === 0) ? [] : below)]));
}

/** What is left to filter below the field `name`: `null` where it does not count, `undefined` where all of it does. */
export function below(filter: FieldFilter | undefined, name: string): FieldFilter | null | undefined {
  if (filter === undefined) return undefined;
  const tree = filter.tree.get(name);
  if (tree === undefined) return filter.kind === 'only' ? null : undefined;
  if (tree.size > 0) return { kind: filter.kind, tree };
  return filter.kind === 'only' ? undefined : null;
}
