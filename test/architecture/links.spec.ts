/** Links between the repository's documents lead to files, and to headings, that exist; what npm shows stands alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { anchorsIn, linksIn } from '../../tools/markdown.js';
import { mainReadme } from '../../tools/release/readme.js';
import { brokenLinks, readmeFaults } from './links.js';
import { filesBelow, published, root, shown } from './workspace.js';

/** A packed README is left where it was written, and is looked at as it would be written now. */
const WRITTEN = 'packages/nestjs/README.md';
const documents = filesBelow(root).filter(
  (file) => file.endsWith('.md') && !shown(file).startsWith('.changeset/') && shown(file) !== WRITTEN,
);

it('makes anchors as GitHub does', () => {
  expect(anchorsIn('# A `b`: c, d\n## Twice\n## Twice\n```\n# not one\n```\n')).toEqual(['a-b-c-d', 'twice', 'twice-1']);
});

it('finds links outside of code', () => {
  expect(linksIn('[a](b.md "B") `[c](d)` [`e`](f#g)\n```\n[h](i)\n```\n![j](<k>)')).toEqual(['b.md', 'f#g', 'k']);
});

describe.each(documents.map((file) => [shown(file), file] as const))('%s', (_name, file) => {
  it('has no broken link', () => {
    expect(brokenLinks(readFileSync(file, 'utf8'), file)).toEqual([]);
  });
});

it.each(published().map(({ manifest, folder }) => [manifest.name, folder]))(
  '%s has a README that is whole by itself',
  (name, folder) => {
    const text = shown(join(folder, 'README.md')) === WRITTEN ? mainReadme() : readFileSync(join(folder, 'README.md'), 'utf8');
    expect(readmeFaults(name, text)).toEqual([]);
  },
);
