/** The ways in which Nest answers. Void, they render no template, warn of no second answer and change no status in the access log. */
export const WAYS_TO_ANSWER = ['send', 'json', 'render', 'view', 'redirect', 'status', 'code'];

function returnThis(this: unknown): unknown {
  return this;
}

/** Makes void those of `platform` that are not `stoodIn`. */
export function voidWays(platform: object, stoodIn: object | undefined): void {
  const ways = platform as Record<string, unknown>;
  const others = stoodIn as Record<string, unknown> | undefined;
  for (const way of WAYS_TO_ANSWER) if (way in ways && ways[way] !== others?.[way]) ways[way] = returnThis;
}
