/** When a header of ours must be named to be seen across origins. */
import { exposing } from './exposed.js';

const response = (headers: Record<string, string | string[]>) => ({ getHeaders: () => headers });
const cors = { 'access-control-allow-origin': 'https://shop.example' };

it.each<[string, Record<string, string | string[]>, string | undefined]>([
  ['is not named where the application does not answer CORS', {}, undefined],
  ['is named where it does', cors, 'Idempotency-Replayed'],
  ['is named beside others', { ...cors, 'access-control-expose-headers': 'ETag, Link' }, 'ETag, Link, Idempotency-Replayed'],
  ['is named beside lists', { ...cors, 'access-control-expose-headers': ['ETag', 'Link'] }, 'ETag, Link, Idempotency-Replayed'],
  ['is not named twice', { ...cors, 'access-control-expose-headers': 'idempotency-replayed' }, undefined],
  ['is not named where all are', { ...cors, 'access-control-expose-headers': '*' }, undefined],
  [
    'is named beside a star that credentials make void',
    { ...cors, 'access-control-allow-credentials': 'true', 'access-control-expose-headers': '*' },
    '*, Idempotency-Replayed',
  ],
])('%s', (_what, headers, value) => {
  const expected = value === undefined ? [] : [['access-control-expose-headers', value]];
  expect(exposing(response(headers), ['Idempotency-Replayed'])).toEqual(expected);
});
