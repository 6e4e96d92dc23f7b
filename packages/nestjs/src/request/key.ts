/** From the header to the key, or why not. Pure: nothing is looked up before this says 'key'. */
import type { IncomingHttpHeaders } from 'node:http';
import { parseItem } from 'structured-headers';

/** What a request's key header says. `detail` is a sentence for the client; it never holds the value that was sent. */
export type KeyReading =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'invalid';
      readonly detail: string;
      /** What `keyFormat` threw, or why what it returned is no answer: it did not say yes, so the key is refused. */
      readonly failed?: { readonly cause: unknown };
    };

/** Which header values are keys. */
export interface KeyRules {
  /**
   * 'any': every value without control characters, taken as it stands; bytes above 127 count as they came (Latin-1).
   * 'strict': an RFC 9651 String item; its parameters are parsed and ignored.
   * 'lenient': as strict, or else the bare visible ASCII that most clients send, without `"`, `,` and `;`. `"x"` and `x` are one key.
   */
  readonly syntax: 'any' | 'lenient' | 'strict';
  /** The longest key, counted after quotes and escapes are removed. */
  readonly maxLength: number;
  /** What a key must look like besides: a UUID of any version, a pattern that matches somewhere in it, or a function that says yes. */
  readonly format?: 'uuid' | RegExp | ((key: string) => boolean);
}

const BARE = /^[!#-+\--:<-~]+$/;
const QUOTED = /^"[ !#-[\]-~]*"$/;
const WITHOUT_CONTROLS = /^[ -~\u0080-\uffff]+$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Headers of which Node keeps the first line and drops the others, so that a joining comma does not betray a repetition. */
const FIRST_LINE_ONLY = new Set(
  (
    'age authorization content-length content-type etag expires from host if-modified-since if-unmodified-since ' +
    'last-modified location max-forwards proxy-authorization referer retry-after server user-agent'
  ).split(' '),
);

/**
 * Reads the key from `header` (its name in lower case). A header that is there but empty, repeated, too long or of another
 * form is 'invalid', also where the key is optional: a client that sends the header means it.
 */
export function readKey(
  request: { readonly headers: IncomingHttpHeaders; readonly rawHeaders: readonly string[] },
  header: string,
  rules: KeyRules,
): KeyReading {
  const sent = request.headers[header];
  if (sent === undefined) return { kind: 'absent' };
  // Node joins repeated lines with a comma, so that the scan of all headers is needed only where there is one.
  if (typeof sent !== 'string' || ((sent.includes(',') || FIRST_LINE_ONLY.has(header)) && isRepeated(request.rawHeaders, header)))
    return invalid('The key header must be sent exactly once.');
  const key = rules.syntax === 'any' ? readAny(sent) : readString(sent, rules.syntax === 'lenient');
  if (key === undefined) return invalid(EXPECTED[rules.syntax]);
  if (key === '') return invalid('The key must not be empty.');
  if (key.length > rules.maxLength) return invalid(`The key must not be longer than ${rules.maxLength} characters.`);
  return readFormat(key, rules.format);
}

const EXPECTED = {
  any: 'The key must not contain control characters.',
  lenient:
    'The key must be a quoted string of printable ASCII, or visible ASCII characters without quotes, commas and semicolons.',
  strict: 'The key must be a structured-field string: printable ASCII in double quotes.',
} as const;

function invalid(detail: string): Extract<KeyReading, { kind: 'invalid' }> {
  return { kind: 'invalid', detail };
}

function isRepeated(rawHeaders: readonly string[], header: string): boolean {
  let lines = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.toLowerCase() === header) lines += 1;
  return lines > 1;
}

/** Without `white` at both ends. JavaScript's `trim` would also take the byte 160, and a pattern may take quadratic time. */
function trimmed(value: string, white: string): string {
  let [start, end] = [0, value.length];
  while (start < end && white.includes(value.charAt(start))) start += 1;
  while (end > start && white.includes(value.charAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

function readAny(sent: string): string | undefined {
  const value = trimmed(sent, ' \t');
  return value === '' || WITHOUT_CONTROLS.test(value) ? value : undefined;
}

function readString(sent: string, lenient: boolean): string | undefined {
  // Only spaces may surround an item: RFC 9651 fails on a tab that the HTTP parser left in place.
  const value = trimmed(sent, ' ');
  if (value === '') return '';
  if (lenient && BARE.test(value)) return value;
  if (QUOTED.test(value)) return value.slice(1, -1);
  if (!value.startsWith('"')) return undefined;
  try {
    const item: unknown = parseItem(value)[0];
    return typeof item === 'string' ? item : undefined;
  } catch {
    // The parser throws for every malformed value; that it did is the answer.
    return undefined;
  }
}

function readFormat(key: string, format: KeyRules['format']): KeyReading {
  const reading: KeyReading = { kind: 'key', key };
  if (format === undefined) return reading;
  if (format === 'uuid') return UUID.test(key) ? reading : invalid('The key must be a UUID.');
  const other = invalid('The key has not the required format.');
  // `search` has no memory, where `test` of a global pattern goes on from its last match.
  if (format instanceof RegExp) return key.search(format) >= 0 ? reading : other;
  try {
    const said: unknown = format(key);
    // A promise is truthy whatever it will say.
    if (typeof said === 'object' && said !== null && 'then' in said) throw unanswered(said);
    return said ? reading : other;
  } catch (cause) {
    return { ...other, failed: { cause } };
  }
}

function unanswered(promise: object): TypeError {
  // What it rejects with is nobody's any more, and must not end the process.
  void Promise.resolve(promise).catch(() => undefined);
  return new TypeError('`keyFormat` must return true or false; it returned a promise.');
}
