/** The encoder of the `ietf` and `stripe` profiles: a key stands for one operation, and must not be used for another request to it. */
import { unescape } from 'node:querystring';
import { bodyText, type BodyText } from './body.js';
import { type BodyRules, checkedRules } from './body-rules.js';
import { digest, joinParts } from './digest.js';
import type { IdempotencyEncoder, Identity, KeyedRequest } from './encoder.js';
import { routing } from './routing.js';

/** Key, scope, method and what the request was routed to make the slot; query and body make the fingerprint. */
export class OperationEncoder implements IdempotencyEncoder {
  private readonly bodyText: BodyText;

  /** By default a body is canonical JSON: the order of keys does not count. */
  constructor(rules: BodyRules = {}) {
    this.bodyText = bodyText(checkedRules('OperationEncoder', rules), 'canonical');
  }

  encode(request: KeyedRequest): Identity | Promise<Identity> {
    const body = this.bodyText(request);
    return typeof body === 'string' ? identityOf(request, body) : body.then((text) => identityOf(request, text));
  }
}

function identityOf({ key, scope, method, path, operation }: KeyedRequest, body: string): Identity {
  // Routers end the path at each of these, and parsers of queries begin behind it: what follows is never dropped.
  const at = path.search(operation ? /[?#;]/ : /\?/);
  const bare = at < 0 ? path : path.slice(0, at);
  const query = at < 0 ? '' : sortedQuery(path.slice(at + 1));
  // As JSON, because a scope may hold half a surrogate pair, and the hash would take all of these for one character.
  const slot = joinParts('operation', key, JSON.stringify(scope), method, operation?.pattern ?? bare);
  return {
    slot: digest(slot + (operation ? params(operation.params) + routing(operation) : '')),
    fingerprint: digest(joinParts('request', query, body)),
  };
}

function params(found: object): string {
  for (const _ in found) return joinParts('params', JSON.stringify(found));
  return '';
}

/**
 * The pairs sorted by name: the order of different names does not count, that of one name's values does, however it is spelt. Parsers
 * make one value of `a` and all that `a[…]` names.
 */
function sortedQuery(query: string): string {
  if (!query.includes('&')) return query;
  const pairs = query.split('&').map((pair) => ({ name: nameOf(pair), pair }));
  pairs.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return pairs.map(({ pair }) => pair).join('&');
}

function nameOf(pair: string): string {
  const [spelt = ''] = pair.split('=', 1);
  const name = /[%+]/.test(spelt) ? unescape(spelt.replaceAll('+', ' ')) : spelt;
  return name.split('[', 1)[0] ?? name;
}
