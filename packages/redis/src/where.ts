/** Where a Redis is, in words that may be logged: hosts and ports, and nothing of a URL, which may have a password in it. Pure. */

interface Place {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly path?: unknown;
}

/** The places by commas: `127.0.0.1:6379`, `[::1]:7000`, the path of a socket; `undefined` where none is known. */
export function whereOf(...places: readonly (Place | undefined)[]): string | undefined {
  const known = places.flatMap((place) => (place ? (inWords(place) ?? []) : []));
  return known.length === 0 ? undefined : known.join(',');
}

function inWords({ host, port, path }: Place): string | undefined {
  if (typeof path === 'string' && path !== '') return path;
  if (typeof host !== 'string' || host === '') return undefined;
  // What was taken for a host may be a whole URL.
  if (/[@/]/.test(host)) return undefined;
  const shown = host.includes(':') ? `[${host}]` : host;
  return typeof port === 'number' || typeof port === 'string' ? `${shown}:${port}` : shown;
}

/** What messages call it. */
export const named = (where: string | undefined): string => (where === undefined ? 'Redis' : `Redis at ${where}`);
