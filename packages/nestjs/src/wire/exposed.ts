/** Headers of ours that a browser lets the page read only if they are named. */
import type { PlatformResponse } from './platform.js';

const EXPOSE = 'access-control-expose-headers';

/** What makes `names` readable across origins, where the application answers CORS on this response; otherwise nothing. */
export function exposing(
  response: Pick<PlatformResponse, 'getHeaders'>,
  names: readonly string[],
): readonly (readonly [string, string])[] {
  if (names.length === 0) return [];
  const standing = response.getHeaders();
  if (standing['access-control-allow-origin'] === undefined) return [];
  const exposed = [standing[EXPOSE] ?? []].flat().join(', ');
  const known = new Set(exposed.toLowerCase().split(/\s*,\s*/));
  const missing = names.filter((name) => !known.has(name.toLowerCase()));
  // With credentials, browsers take the star for a header of that name.
  const all = known.has('*') && standing['access-control-allow-credentials'] !== 'true';
  if (missing.length === 0 || all) return [];
  return [[EXPOSE, [...(exposed === '' ? [] : [exposed]), ...missing].join(', ')]];
}
