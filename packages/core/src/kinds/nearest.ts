/** Which name was meant. Pure. */

/** The name among `names` that `written` was most likely to be; `undefined` where none is near. */
export function nearest(written: string, names: readonly string[]): string | undefined {
  const lower = written.toLowerCase();
  const measured = names.map((name) => ({ name, edits: editsBetween(lower, name.toLowerCase()) }));
  const [best] = measured.sort((one, other) => one.edits - other.edits);
  if (best && best.edits <= Math.max(1, Math.floor(best.name.length / 3))) return best.name;
  const [begun, another] = names.filter((name) => isBegunBy(lower, name.toLowerCase()));
  return another === undefined ? begun : undefined;
}

/** Whether one of them is the first word of the other, or more, as `isolation` is of `isolationLevel`. */
function isBegunBy(one: string, other: string): boolean {
  return Math.min(one.length, other.length) >= SHORTEST_WORD && (one.startsWith(other) || other.startsWith(one));
}

const SHORTEST_WORD = 5;

/** How many characters must be added, left out, changed or swapped with their neighbour to make `to` of `from`. */
function editsBetween(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const changed = at(row, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const swapped = isSwapped ? at(before, j - 2) + 1 : Infinity;
      next.push(Math.min(changed, swapped, at(row, j) + 1, at(next, j - 1) + 1));
    }
    before = row;
    row = next;
  }
  return at(row, to.length);
}

const at = (row: readonly number[], index: number): number => row[index] ?? 0;
