/** Which version of a media type a request was routed by, whichever Nest read it. */
import { VERSION_NEUTRAL, VersioningType } from '@nestjs/common';
import { versionReader } from './version.js';

const read = versionReader(['1', '2', VERSION_NEUTRAL], { type: VersioningType.MEDIA_TYPE, key: 'v=' });
const versionIn = (accept?: string) => read({ method: 'POST', url: '/', headers: accept === undefined ? {} : { accept } });

it.each<[string | undefined, string | undefined]>([
  [undefined, undefined],
  ['application/json', undefined],
  ['application/json;v=1', '1'],
  ['application/json; v=2', '2'],
  ['application/json;v=9', undefined],
  ['application/json;q=1;v=2', '2'],
  ['application/json;v="2"', '2'],
  ['text/html;q="a;v=1", application/json;v=2', '2'],
  ['text/html;v=1, application/json;v=2', '1'],
])('%j', (accept, version) => {
  expect(versionIn(accept)).toBe(version);
});

it('is told apart where Nest 11 reads it within another parameter, and Nest 12 does not', () => {
  const seen = ['env=1;v=2', 'env=2;v=2', 'env=2;v=1', 'env=1;v=1'].map((parameters) =>
    versionIn(`application/json;${parameters}`),
  );
  expect(new Set(seen).size).toBe(4);
});
