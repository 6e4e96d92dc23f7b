/** Requests that no well-behaved client would send, and some that one would. */
import type { Random } from './random.js';

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly keyLines: readonly string[];
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** Sent in chunks of unannounced length. */
  readonly chunked: boolean;
}

const NASTY = [
  '__proto__',
  'constructor',
  '*',
  '{a}b',
  "';--",
  '../..',
  '%00',
  '\\r\\n',
  '$where',
  'null',
  'undefined',
  'NaN',
  '[object Object]',
] as const;

function keyOf(random: Random): string {
  const kinds: readonly [() => string, ...(() => string)[]] = [
    // Few, so that the same key comes again, with the same and with other bodies.
    () => `k${random.below(50)}`,
    () => `k${random.below(50)}`,
    () => `"k${random.below(50)}"`,
    () => `"k${random.below(50)}";p=${random.one('1', '"x"', ':YQ==:', '@1', '?0', '')}`,
    () => random.one(...NASTY),
    () => `"${random.one(...NASTY)}"`,
    () => random.text(random.below(300), 'ab"\\;, =:\t'),
    () =>
      random
        .bytes(random.below(40))
        .toString('latin1')
        .replace(/[\r\n]/g, ''),
    () => 'x'.repeat(random.one(254, 255, 256, 4_000)),
    () => '',
  ];
  return random.one(...kinds)();
}

function valueOf(random: Random, depth: number): string {
  if (depth === 0 || random.once(3))
    return random.one('1', '-0', '1e400', 'null', 'true', '""', '"\\ud800"', '"\u00e9"', '9007199254740993', '1.0', '{}', '[]');
  const members = Array.from({ length: random.below(4) }, () => valueOf(random, depth - 1));
  if (random.once(2)) return `[${members.join(',')}]`;
  return `{${members.map((member) => `${JSON.stringify(random.one('a', 'b', 'toJSON', '', ...NASTY))}:${member}`).join(',')}}`;
}

function nested(random: Random): string {
  const depth = random.one(100, 499, 501, 5_000, 20_000);
  return random.once(2) ? '['.repeat(depth) + ']'.repeat(depth) : '{"a":'.repeat(depth) + 'null' + '}'.repeat(depth);
}

function bodyOf(random: Random): { contentType: string; body: Buffer } {
  const json = 'application/json';
  const kinds: readonly [() => [string, string | Buffer], ...(() => [string, string | Buffer])[]] = [
    () => [json, `{"n":${random.below(3)}}`],
    () => [json, valueOf(random, 4)],
    () => [json, random.once(10) ? nested(random) : valueOf(random, 2).slice(1)],
    () => [
      random.one(`${json}; charset=utf-8`, `${json}; charset=x`, 'application/problem+json', 'text/json'),
      valueOf(random, 2),
    ],
    () => ['application/x-www-form-urlencoded', random.text(random.below(60), 'ab=&%[]2+')],
    () => ['text/plain', random.bytes(random.below(200))],
    () => [random.one('application/xml', 'application/octet-stream', 'nonsense', ''), random.bytes(random.below(200))],
    () => [`multipart/form-data; boundary=${random.one('b', '"b b"', '', 'b'.repeat(80))}`, multipartOf(random)],
    () => ['multipart/form-data', multipartOf(random)],
    () => [json, ''],
  ];
  const [contentType, body] = random.one(...kinds)();
  return { contentType, body: Buffer.from(body) };
}

function multipartOf(random: Random): string {
  const pieces = [
    '--b',
    '--b--',
    '\r\n',
    '\r\n\r\n',
    'Content-Disposition: form-data; name="a"',
    'x',
    '; filename="f"',
    '--',
    '--b\r\n',
  ] as const;
  return Array.from({ length: random.below(20) }, () => random.one(...pieces)).join('');
}

type Route = readonly [method: string, path: string];

const ROUTES: readonly [Route, ...Route[]] = [
  ['POST', '/plain'],
  ['PATCH', '/plain'],
  ['POST', '/validated'],
  ['POST', '/validated'],
  ['POST', '/slow'],
  ['PUT', '/slow'],
  ['POST', '/strict'],
  ['DELETE', '/strict'],
  ['POST', '/nowhere'],
];

/** One request, by chance well formed. */
export function fuzzRequest(random: Random): FuzzRequest {
  const { contentType, body } = bodyOf(random);
  const keyLines = Array.from({ length: random.once(12) ? random.below(3) : 1 }, () => keyOf(random));
  const headers: string[] = [];
  if (random.once(5)) headers.push(`Prefer: ${random.one('wait=0', 'wait=1', 'wait=99999999999', 'wait', 'wait="', ',,;=')}`);
  if (random.once(3)) headers.push(`Authorization: ${random.one('a', 'Bearer b', 'x'.repeat(2_000), '\u00ff')}`);
  const [method, path] = random.one(...ROUTES);
  return {
    method,
    path: path + random.one('', '', '', '?', '?a=1&b=2', '?b=2&a=1', '?%ff=%', `?${'q'.repeat(500)}`),
    contentType,
    keyLines,
    headers,
    body,
    chunked: random.once(4),
  };
}
