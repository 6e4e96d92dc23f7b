/** Finds circles in a graph of files: the shortest proof that one file can no longer be understood without another. */

/** One path `a → b → … → a` for each circle reached first by a depth-first walk; empty for a graph without circles. */
export function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];

  function walk(node: string): void {
    const start = path.indexOf(node);
    if (start >= 0) {
      found.push([...path.slice(start), node]);
      return;
    }
    if (done.has(node)) return;
    path.push(node);
    for (const next of graph.get(node) ?? []) walk(next);
    path.pop();
    done.add(node);
  }

  for (const node of graph.keys()) walk(node);
  return found;
}
