/** Documents with their links made absolute. */
import { expect, it } from '@jest/globals';
import { ADDRESS, addressOf, pathAt } from '../repository.js';
import { standalone } from './readme.js';

it('makes links to files and folders absolute, with their anchors', () => {
  expect(standalone('[a](docs/errors.md#x) [b](./docs/adr) ![c](docs/soak.svg "C") [`LICENSE`](LICENSE)')).toBe(
    `[a](${ADDRESS}/blob/main/docs/errors.md#x) [b](${ADDRESS}/tree/main/docs/adr) ` +
      `![c](${ADDRESS}/raw/main/docs/soak.svg "C") [\`LICENSE\`](${ADDRESS}/blob/main/LICENSE)`,
  );
});

it('leaves what is absolute, what leads within the document, and code', () => {
  const text = '[a](https://a.example/b) [c](#d) `[e](f)`\n\n```\n[g](h)\n```\n';
  expect(standalone(text)).toBe(text);
});

it('refuses a link that leads to no file', () => {
  expect(() => standalone('[a](no-such-file.md)')).toThrow('no-such-file.md');
});

it('knows its own addresses again', () => {
  for (const path of ['docs/adr', 'docs/soak.svg', 'packages/redis/README.md']) expect(pathAt(addressOf(path))).toBe(path);
  expect([pathAt('https://example.com/blob/main/a'), pathAt(`${ADDRESS}/issues`)]).toEqual([undefined, undefined]);
});
