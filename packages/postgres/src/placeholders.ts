/** Parameters for tools that do not know `$1`: each occurrence becomes a place of its own. */

/** The text between the parameters, and the value at each place: one piece more than places. */
export interface Pieces {
  readonly pieces: readonly string[];
  readonly places: readonly unknown[];
}

/** Splits at `$1`, `$2`, …; a dollar quote is left alone, as no digit follows its sign. */
export function splitAtParameters(text: string, values: readonly unknown[]): Pieces {
  const pieces: string[] = [];
  const places: unknown[] = [];
  let from = 0;
  for (const found of text.matchAll(/\$(\d+)/g)) {
    pieces.push(text.slice(from, found.index));
    places.push(values[Number(found[1]) - 1]);
    from = found.index + found[0].length;
  }
  return { pieces: [...pieces, text.slice(from)], places };
}

/** The form with question marks. Ours never stand for anything else: no statement here uses `?` as an operator. */
export function withQuestionMarks(text: string, values: readonly unknown[]): { text: string; values: unknown[] } {
  const { pieces, places } = splitAtParameters(text, values);
  return { text: pieces.join('?'), values: [...places] };
}
