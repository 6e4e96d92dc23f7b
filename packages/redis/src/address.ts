/** A Redis URL, read. Pure. */

export interface Node {
  readonly host: string;
  readonly port: number;
}

/** Where to connect. `nodes` are servers, seeds of a Cluster, or Sentinels. */
export interface Address {
  readonly kind: 'single' | 'cluster' | 'sentinel';
  readonly nodes: readonly [Node, ...Node[]];
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** The number of the database, or the name under which Sentinel knows the primary. */
  readonly path?: string;
  /** Which kind of IP address the host is looked up for; 0 is either. Of a single server only. */
  readonly family?: 0 | 4 | 6;
}

const FORM = /^(rediss?)(\+cluster|\+sentinel)?:\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^/?#]*))?(\?[^#]*)?$/i;
const CURE =
  'Write redis://host:6379/0, redis+cluster://host:7000,host:7001 or redis+sentinel://host:26379,host:26379/name; rediss for TLS.';

/** What is wrong with what does not have the form of a URL that is known, or has too much in it. */
const WRONG: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'The Redis URL is empty.'],
  [/^\s|\s$/, 'The Redis URL has white space around it.'],
  [
    /^(\/|(redis\+|redis-)?(unix|socket):)/i,
    "A socket is given to a client, and the client here: `new Redis('/run/redis.sock')` of ioredis, `createClient({ socket: { path } })` of node-redis.",
  ],
  [/^(?!rediss?(\+cluster|\+sentinel)?:\/\/)/i, 'The Redis URL cannot be read: its scheme is none of redis, rediss.'],
  [
    /^[^:]*:\/\/[^@]*\/[^?#]*@|^[^:]*:\/\/[^/]*@[^/?#]*@/,
    'The Redis URL has a `/` or `@` in its user or password: write `%2F` or `%40`.',
  ],
];

/** Throws what is wrong with a URL without quoting it, since it may carry a password. */
export function readAddress(url: string): Address {
  const [, wrong] = WRONG.find(([form]) => form.test(url)) ?? [];
  if (wrong !== undefined) throw new TypeError(`${wrong} ${CURE}`);
  const match = FORM.exec(url);
  if (!match) throw new TypeError(`The Redis URL cannot be read. ${CURE}`);
  const [, scheme = '', written = '', credentials = '', hosts = '', path = '', query = ''] = match;
  const layout = written.toLowerCase();
  const [first, ...others] = hosts.split(',').map((host) => readNode(host, layout === '+sentinel' ? 26_379 : 6_379));
  if (!first || (layout === '' && others.length > 0)) throw new TypeError(`The Redis URL must name one host. ${CURE}`);
  if (layout === '+sentinel' && path === '') throw new TypeError(`The Redis URL must end in the name of the primary. ${CURE}`);
  if (layout === '' && !/^\d*$/.test(path)) throw new TypeError(`The Redis URL must end in the number of a database. ${CURE}`);
  const [username = '', ...password] = credentials.split(':').map(decoded);
  const family = readFamily(layout, query);
  return {
    kind: layout === '+cluster' ? 'cluster' : layout === '+sentinel' ? 'sentinel' : 'single',
    nodes: [first, ...others],
    tls: scheme.toLowerCase() === 'rediss',
    ...(username && { username }),
    ...(password.length > 0 && { password: password.join(':') }),
    ...(path && { path }),
    ...(family !== undefined && { family }),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Without its cause, which may show the password.
    throw new TypeError(`The Redis URL has a \`%\` in its user or password that stands for no character: write \`%25\`. ${CURE}`);
  }
}

function readFamily(layout: string, query: string): 0 | 4 | 6 | undefined {
  if (query === '' || query === '?') return undefined;
  const [, family] = /^\?family=([046])$/.exec(query) ?? [];
  if (family !== undefined && layout === '') return Number(family) as 0 | 4 | 6;
  throw new TypeError(
    'The Redis URL has a query: of one only `family=4`, `family=6` or `family=0` is known, for a single server. ' +
      `A database is written as /2; give all else to a client, and the client here. ${CURE}`,
  );
}

function readNode(host: string, defaultPort: number): Node {
  const [, name, port] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(host) ?? [];
  if (!name) throw new TypeError(`The Redis URL names a host that cannot be read. ${CURE}`);
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535))
    throw new TypeError(`The Redis URL names a port that is not from 1 to 65535. ${CURE}`);
  return { host: name.replace(/^\[|\]$/g, ''), port: port === undefined ? defaultPort : Number(port) };
}
