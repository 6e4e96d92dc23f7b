/** The target of a request (RFC 9112, 3.2). Pure. */

const ABSOLUTE = /^https?:\/\/[^/?#]*/i;

/** `url` in origin form: a client may send `http://host/pay` for `/pay`, and means the same. */
export function originForm(url: string): string {
  // 47 is a slash: nearly every target begins with it.
  if (url.charCodeAt(0) === 47) return url;
  const rest = url.replace(ABSOLUTE, '');
  return rest.startsWith('/') || rest === url ? rest : `/${rest}`;
}

/** The decoded segments of a path as it was sent, as text that no other list of segments gives. What cannot be decoded stays as it is. */
export function decodedSegments(path: string): string {
  return path
    .split('/')
    .map((segment) => encodeURIComponent(decoded(segment)))
    .join('/');
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Not UTF-8 behind its percent signs: then the very bytes are its name.
    return segment;
  }
}
