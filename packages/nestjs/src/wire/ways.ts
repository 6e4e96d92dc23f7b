/** The ways in which a status is set that an answer is given later. */
const WAYS_OF_STATUS = ['status', 'code'];

/** The ways in which Nest, or a handler itself, answers. Void, they render no template, warn of no second answer and change no status in the access log. */
export const WAYS_TO_ANSWER = [
  ...['send', 'json', 'jsonp', 'format', 'render', 'view', 'redirect', 'sendFile', 'download'],
  ...WAYS_OF_STATUS,
];

/**
 * Whether an answer is said by `way` with these arguments. With a function among them who says it hears what becomes of it, and answers
 * then; an error says that it is one, whatever status stands there.
 */
export function saysAnswer(way: string, given: readonly unknown[]): boolean {
  return !WAYS_OF_STATUS.includes(way) && typeof given.at(-1) !== 'function' && !(given[0] instanceof Error);
}

function returnThis(this: unknown): unknown {
  return this;
}

/** Makes void those of `platform` that are not `stoodIn`. */
export function voidWays(platform: object, stoodIn: object | undefined): void {
  const ways = platform as Record<string, unknown>;
  const others = stoodIn as Record<string, unknown> | undefined;
  for (const way of WAYS_TO_ANSWER) {
    const known = ways[way];
    if (known !== undefined && known !== others?.[way]) ways[way] = returnThis;
  }
}
