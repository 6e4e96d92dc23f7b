/** The encoder of the `ietf` and `stripe` profiles: a key stands for one operation, and must not be used for another request to it. */
import { type BodyRules, bodyText, type BodyText } from './body.js';
import { digest, joinParts } from './digest.js';
import type { IdempotencyEncoder, Identity, KeyedRequest } from './encoder.js';

/** Key, scope, method and path make the slot; query and body make the fingerprint. */
export class OperationEncoder implements IdempotencyEncoder {
  private readonly bodyText: BodyText;

  /** By default a body is canonical JSON: the order of keys does not count. */
  constructor(rules: BodyRules = {}) {
    this.bodyText = bodyText(rules, 'canonical');
  }

  encode(request: KeyedRequest): Identity | Promise<Identity> {
    const body = this.bodyText(request);
    return typeof body === 'string' ? identityOf(request, body) : body.then((text) => identityOf(request, text));
  }
}

function identityOf({ key, scope, method, path }: KeyedRequest, body: string): Identity {
  const at = path.indexOf('?');
  const bare = at < 0 ? path : path.slice(0, at);
  const query = at < 0 ? '' : sortedQuery(path.slice(at + 1));
  return {
    // As JSON, because a scope may hold half a surrogate pair, and the hash would take all of these for one character.
    slot: digest(joinParts('operation', key, JSON.stringify(scope), method, bare)),
    fingerprint: digest(joinParts('request', query, body)),
  };
}

/** The pairs sorted by name: the order of different names does not count, that of one name's values does. */
function sortedQuery(query: string): string {
  if (!query.includes('&')) return query;
  const pairs = query.split('&').map((pair) => ({ name: pair.split('=', 1)[0] ?? '', pair }));
  pairs.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return pairs.map(({ pair }) => pair).join('&');
}
