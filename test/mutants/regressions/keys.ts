/** Causes of keys that were taken for one another, or for none. */
import { causesIn, type Regression, testsOf } from './regression.js';

const keys = testsOf('test/e2e/regressions-keys.spec.ts');
const encoders = testsOf('packages/nestjs/src/request/encoders/encoders.spec.ts');
const keySpec = testsOf('packages/nestjs/src/request/key.spec.ts');
const key = causesIn('packages/nestjs/src/request/key.ts');
const interceptor = causesIn('packages/nestjs/src/turn/idempotency.interceptor.ts');
const exchange = causesIn('packages/nestjs/src/request/exchange.ts');
const scope = causesIn('packages/nestjs/src/request/scope.ts');
const digest = causesIn('packages/nestjs/src/request/encoders/digest.ts');
const basic = causesIn('packages/nestjs/src/request/encoders/basic-encoder.ts');
const operation = causesIn('packages/nestjs/src/request/encoders/operation-encoder.ts');
const refused = (what: string) => keys(`on express answers 400 before anything is looked up when the key ${what}`);
const TOO_LONG = 'if (key.length > rules.maxLength) return';

export const keyRegressions: readonly Regression[] = [
  interceptor(
    'No key',
    'the request passes',
    "if (!policy.optional) return this.#refuse(exchange, route, 'key-missing');",
    '',
    refused('is missing'),
  ),
  key('An empty key', 'it is one', "if (key === '') return invalid('The key must not be empty.');", '', refused('is empty')),
  key(
    'A key of 300 and of 5,000 characters',
    'there is no limit',
    TOO_LONG,
    'if (key === sent && key.length < 0) return',
    refused('has 5,000'),
  ),
  key(
    'A key of 300 and of 5,000 characters',
    'it is cut',
    TOO_LONG,
    "if (key.length > rules.maxLength) return { kind: 'key', key: key.slice(0, 255) };\n  if (key === '') return",
    refused('has 300'),
  ),
  exchange(
    'A long path',
    'it is cut',
    'path: originForm(request.originalUrl ?? request.url),',
    'path: originForm(request.originalUrl ?? request.url).slice(0, 255),',
    keys('on express tells long paths apart'),
  ),
  digest(
    'A long path',
    'the slot grows with it',
    "return crypto.hash('sha256', input, 'base64url');",
    'return String(input);',
    keys('on express tells long paths apart'),
  ),
  key(
    'A key that is not ASCII',
    'it is refused',
    '/^[ -~\\u0080-\\uffff]+$/',
    '/^[ -~]+$/',
    keys('on express takes a key of UTF-8'),
  ),
  key(
    'A key in quotes',
    'the quotes do not count',
    '? readAny(sent) :',
    "? readAny(sent)?.replaceAll('\"', '') :",
    keySpec('as it stands'),
  ),
  key('A key with control characters', 'it is one', '/^[ -~\\u0080-\\uffff]+$/', '/^[^]+$/', refused('holds a control')),
  key('A key that is sent twice', 'the first is taken', 'return lines > 1;', 'return lines < 0;', refused('is sent twice')),
  digest(
    'A separator in a key, a scope or a path',
    'the parts run into each other',
    'text += `${part.length}:${part}`',
    'text += `:${part}`',
    encoders('does not confuse'),
  ),
  scope(
    'Another caller with the same key',
    'is given the answer of the first',
    "return `${before}a${authorization ?? ''}`;",
    "return 'a';",
    keys("on express never gives one caller's answer"),
  ),
  basic(
    'Another query',
    'is given the answer to the first',
    'method, path, body)',
    "method, path.split('?', 1)[0] ?? '', body)",
    encoders('tells other queries apart'),
  ),
  operation(
    'The order of a query',
    'makes another request',
    'sortedQuery(path.slice(at + 1))',
    'path.slice(at + 1)',
    encoders('the order of keys of query names'),
  ),
  interceptor(
    'No key in events and logs',
    'the key is told with the request',
    'performance.now(), slot, serving.attempt);',
    'performance.now(), key, serving.attempt);',
    keys('on express says nothing of keys'),
  ),
];
