/** Visits every world that can be reached, and stops at the first that breaks a promise. */

/** What an exploration came to. `trace` is a shortest way to the broken promise. */
export interface Exploration<P> {
  readonly worlds: number;
  readonly moves: number;
  readonly broken?: { readonly promise: P; readonly trace: readonly string[] };
}

/** What is explored. */
export interface Space<W, P> {
  readonly first: W;
  keyOf(world: W): string;
  moves(world: W): readonly { readonly label: string; readonly world: W }[];
  brokenIn(world: W): P | undefined;
  brokenBy(before: W, after: W): P | undefined;
}

interface Visit {
  readonly from: string | undefined;
  readonly label: string;
}

/** Breadth first, so that the first trace found is among the shortest. Throws beyond `atMost` worlds: an unfinished search proves nothing. */
export function explore<W, P>(space: Space<W, P>, atMost = 5_000_000): Exploration<P> {
  const first = space.keyOf(space.first);
  const visited = new Map<string, Visit>([[first, { from: undefined, label: 'start' }]]);
  let frontier: { key: string; world: W }[] = [{ key: first, world: space.first }];
  let moves = 0;

  const traceTo = (key: string): string[] => {
    const labels: string[] = [];
    for (let visit = visited.get(key); visit?.from !== undefined; visit = visited.get(visit.from)) labels.unshift(visit.label);
    return labels;
  };

  while (frontier.length > 0) {
    const next: typeof frontier = [];
    for (const { key: from, world: before } of frontier) {
      for (const { label, world } of space.moves(before)) {
        moves++;
        const key = space.keyOf(world);
        const isNew = !visited.has(key);
        if (isNew) visited.set(key, { from, label });
        const promise = space.brokenBy(before, world) ?? (isNew ? space.brokenIn(world) : undefined);
        if (promise !== undefined) return { worlds: visited.size, moves, broken: { promise, trace: [...traceTo(from), label] } };
        if (isNew) next.push({ key, world });
      }
    }
    if (visited.size > atMost) throw new Error(`More than ${String(atMost)} worlds: the search is not exhaustive.`);
    frontier = next;
  }
  return { worlds: visited.size, moves };
}
