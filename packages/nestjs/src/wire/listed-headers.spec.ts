/** Which headers are kept, and which never. */
import { describe, expect, it } from '@jest/globals';
import { IdempotencyConfigError } from '../config-error.js';
import { listedHeaders } from './listed-headers.js';

const NEVER = [
  'Set-Cookie',
  'Set-Cookie2',
  'Date',
  'Connection',
  'Keep-Alive',
  'Transfer-Encoding',
  'TE',
  'Trailer',
  'Upgrade',
  'Content-Length',
  'X-Request-Id',
  'Request-Id',
  'X-Correlation-ID',
  'traceparent',
  'RateLimit',
  'RateLimit-Remaining',
  'X-RateLimit-Limit',
  'X-Rate-Limit-Reset',
];

describe('without a wish of the application', () => {
  it.each([
    'location',
    'content-type',
    'content-disposition',
    'content-encoding',
    'etag',
    'last-modified',
    'link',
    'cache-control',
    'vary',
  ])('keeps %s', (name) => {
    expect(listedHeaders()(name)).toBe(true);
  });

  it.each([...NEVER, 'Server', 'X-Powered-By', 'X-App'])('does not keep %s', (name) => {
    expect(listedHeaders()(name.toLowerCase())).toBe(false);
  });
});

it("keeps the application's own, however they are written", () => {
  const keeps = listedHeaders(['X-App', 'x-rating', 'Retry-After-All']);
  expect(['x-app', 'x-rating', 'retry-after-all'].map(keeps)).toEqual([true, true, true]);
});

it.each([...NEVER, 'no header', ''])('stops the start when "%s" is to be kept', (name) => {
  const listing = (): unknown => listedHeaders(['X-App', name]);
  expect(listing).toThrow(IdempotencyConfigError);
  expect(listing).toThrow(`\`headers\` lists "${name}", which cannot be replayed`);
});
