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
}

const FORM = /^(rediss?)(\+cluster|\+sentinel)?:\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^/?#]*))?$/;
const CURE =
  'Write redis://host:6379/0, redis+cluster://host:7000,host:7001 or redis+sentinel://host:26379,host:26379/name; rediss for TLS.';

/** Throws what is wrong with a URL without quoting it, since it may carry a password. */
export function readAddress(url: string): Address {
  const match = FORM.exec(url);
  if (!match) throw new TypeError(`The Redis URL cannot be read. ${CURE}`);
  const [, scheme, layout = '', credentials = '', hosts = '', path = ''] = match;
  const [first, ...others] = hosts.split(',').map((host) => readNode(host, layout === '+sentinel' ? 26_379 : 6_379));
  if (!first || (layout === '' && others.length > 0)) throw new TypeError(`The Redis URL must name one host. ${CURE}`);
  if (layout === '+sentinel' && path === '') throw new TypeError(`The Redis URL must end in the name of the primary. ${CURE}`);
  if (layout === '' && !/^\d*$/.test(path)) throw new TypeError(`The Redis URL must end in the number of a database. ${CURE}`);
  const [username = '', ...password] = credentials.split(':').map(decodeURIComponent);
  return {
    kind: layout === '+cluster' ? 'cluster' : layout === '+sentinel' ? 'sentinel' : 'single',
    nodes: [first, ...others],
    tls: scheme === 'rediss',
    ...(username && { username }),
    ...(password.length > 0 && { password: password.join(':') }),
    ...(path && { path }),
  };
}

function readNode(host: string, defaultPort: number): Node {
  const [, name, port] = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(host) ?? [];
  if (!name) throw new TypeError(`The Redis URL names a host that cannot be read. ${CURE}`);
  return { host: name.replace(/^\[|\]$/g, ''), port: port === undefined ? defaultPort : Number(port) };
}
