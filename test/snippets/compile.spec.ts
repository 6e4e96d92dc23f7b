/** Every TypeScript block of every document compiles under strict, as it stands. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generatePrismaClient } from '../postgres/prisma/generate.js';
import { allBlocks, blocksOf, placeOf } from './blocks.js';
import { compileErrors } from './compile.js';
import { Workshop } from './workshop.js';

const blocks = allBlocks();
const workshop = new Workshop(blocks, await generatePrismaClient());
afterAll(() => workshop[Symbol.dispose]());

describe('what is read of a document', () => {
  it('is each block, with its place, without its indentation, and with its note', () => {
    const page = 'a\n\n<!-- snippet: a note -->\n\n```ts\none\n\ntwo\n```\n\n1. b\n\n   ```\n   three\n     four\n   ```\n';
    expect(blocksOf('page.md', page)).toEqual([
      { document: 'page.md', line: 6, language: 'ts', text: 'one\n\ntwo\n', note: 'a note' },
      { document: 'page.md', line: 14, language: '', text: 'three\n  four\n', note: undefined },
    ]);
    expect(() => blocksOf('page.md', 'a\n```\nb\n')).toThrow('page.md:2: the fence is not closed.');
  });

  it('is not nothing', () => {
    expect(blocks.length).toBeGreaterThan(40);
  });
});

const typeScript = workshop.written.map(({ block, file }) => [placeOf(block), file, block.text] as const);

describe('each block of TypeScript', () => {
  let errors: Map<string, string[]>;
  beforeAll(() => {
    errors = compileErrors(workshop.written);
  });

  it.each(typeScript)('%s compiles', (_place, file) => {
    expect(errors.get(file) ?? []).toEqual([]);
  });
});

it.each(typeScript)('%s says a profile if it makes the module', (_place, _file, text) => {
  if (/\bIdempotencyModule\.forRoot(Async)?\(/.test(text)) expect(text).toMatch(/\bprofile: '\w+'/);
});
