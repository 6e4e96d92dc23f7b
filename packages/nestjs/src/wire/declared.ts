/** The headers that `@Header()` declares for a handler. */

/** The key under which Nest keeps them. */
const HEADERS_METADATA = '__headers__';

const NONE: ReadonlySet<string> = new Set();
const known = new WeakMap<object, ReadonlySet<string>>();

/** The names of those of `handler`, in lower case; none where no handler is given. */
export function declaredHeaders(handler: object | undefined): ReadonlySet<string> {
  if (handler === undefined) return NONE;
  let names = known.get(handler);
  if (names === undefined) {
    const declared = Reflect.getMetadata(HEADERS_METADATA, handler) as { name: string }[] | undefined;
    known.set(handler, (names = declared === undefined ? NONE : new Set(declared.map(({ name }) => name.toLowerCase()))));
  }
  return names;
}
