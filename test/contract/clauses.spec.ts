/** Holds the contract suites to the ports: every sentence of `ports.ts` is quoted by a case, and every quotation is still there. */
import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { backendContract, lockContract, storageContract, transactionContract } from '@nestjs-idempotency/testing';

/** Sentences that promise nothing a store could break. */
const PROSE = [
  'What a storage and a lock promise.',
  'Every sentence here is a case in the contract suites of `@nestjs-idempotency/testing`.',
  'Which request it is.',
  'Requests with one slot are tries of one another, unless their fingerprints differ: then the key was reused.',
  "One request's wish to hold a slot.",
  'The answer to asking for a slot.',
  'You run.',
  'What became of a save.',
  'A place to wait for a slot to change.',
  'Who may run.',
  'Where records are.',
  'Storage and lock as one source of facts: what a backend that is both answers in one round trip, and `pair` composes.',
];

const never = (): never => {
  throw new Error('no case runs here');
};
const quotes = [
  ...storageContract(never),
  ...lockContract(never),
  ...lockContract(never, { watches: false }),
  ...backendContract(never),
  ...transactionContract(never),
].map((one) => one.quotes);

async function sentences(): Promise<string[]> {
  const source = await readFile(new URL('../../packages/core/src/ports.ts', import.meta.url), 'utf8');
  const comments = [...source.matchAll(/\/\*\*(.*?)\*\//gs)].map(([, text]) =>
    (text ?? '').replace(/\s*\n\s*\*\s?/g, ' ').trim(),
  );
  return comments.flatMap((text) => text.split(/(?<=\.)\s+(?=[A-Z`'])/).map((sentence) => sentence.trim()));
}

it('has a case for every sentence of the ports', async () => {
  const all = await sentences();
  expect(all.length).toBeGreaterThan(30);
  const unquoted = all.filter(
    (sentence) => !PROSE.includes(sentence) && !quotes.some((quote) => sentence.includes(quote) || quote.includes(sentence)),
  );
  expect(unquoted).toEqual([]);
});

it('quotes nothing that the ports no longer say', async () => {
  const all = await sentences();
  expect(quotes.filter((quote) => !all.join(' ').includes(quote))).toEqual([]);
  expect(PROSE.filter((sentence) => !all.includes(sentence))).toEqual([]);
});

it('gives no two cases of a suite the same name', () => {
  for (const cases of [storageContract(never), lockContract(never), backendContract(never), transactionContract(never)]) {
    const names = cases.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  }
});
