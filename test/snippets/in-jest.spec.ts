/** The tests that pages show, run by this Jest as users would run them. A failure names the file, whose folder is page and line. */
import { afterAll, expect, it } from '@jest/globals';
import { generatePrismaClient } from '../postgres/prisma/generate.js';
import { allBlocks } from './blocks.js';
import { isTest, Workshop } from './workshop.js';

const workshop = new Workshop(allBlocks(), await generatePrismaClient());
afterAll(() => workshop[Symbol.dispose]());
const tests = workshop.written.filter(({ block }) => isTest(block));

it('finds the tests of the pages', () => {
  expect(tests.length).toBeGreaterThan(1);
});

for (const { file } of tests) await import(file);
