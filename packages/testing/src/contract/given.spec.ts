/** What a suite was given wrongly is told where it was given. */
import { describe, expect, it } from '@jest/globals';
import { MemoryLock, MemoryStorage } from '@nestjs-idempotency/core';
import { backendContract, transactionContract } from './backend.js';
import { runCases } from './case.js';
import { lockContract } from './lock.js';
import { storageContract } from './storage.js';

type Suite = (make: never, differences?: never) => { run(): Promise<void> }[];

describe.each<[string, Suite]>([
  ['storageContract', storageContract],
  ['lockContract', lockContract],
  ['backendContract', backendContract],
  ['transactionContract', transactionContract],
])('%s', (name, suite) => {
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'undefined.'],
    ['a store', new MemoryStorage(), 'what that function is to give.'],
    ['a lock', new MemoryLock(), 'what that function is to give.'],
    ['a rig', { connect: () => new MemoryStorage() }, 'what that function is to give.'],
    ['a class', MemoryStorage, 'a class.'],
    ['a promise', Promise.resolve(() => undefined), 'a promise, which must be awaited.'],
  ])('refuses %s for the function that makes one', (_, given, words) => {
    expect(() => suite(given as never)).toThrow(
      `${name} takes a function that makes the stores of one case, \`() => ({ connect: () => store })\`; it was given ${words}`,
    );
  });

  it.each<[string, unknown, string]>([
    ['a store', new MemoryStorage(), 'a store itself.'],
    ['nothing', undefined, 'undefined.'],
    ['an object', {}, 'an object.'],
  ])('refuses a function that gives %s', async (_, rig, words) => {
    const [first] = suite((() => rig) as never);
    await expect(first?.run()).rejects.toThrow(
      `The function given to ${name} must give \`{ connect: () => store }\`; it gave ${words}`,
    );
  });
});

it.each<[string, Suite, unknown, string]>([
  ['storageContract', storageContract, { exclude: false }, '`exclude` is not an option: did you mean `excludes`?'],
  ['storageContract', storageContract, { excludes: 'no' }, '`excludes` must be true or false; it is a string.'],
  ['storageContract', storageContract, { coarseTimeMs: '5' }, '`coarseTimeMs` must be a number of milliseconds from 0; it is'],
  ['lockContract', lockContract, { watch: false }, '`watch` is not an option: did you mean `watches`?'],
  ['lockContract', lockContract, { coarseTimeMs: Number.NaN }, '`coarseTimeMs` must be a number of milliseconds from 0; it is'],
  ['backendContract', backendContract, { tellFingerprint: false }, 'did you mean `tellsFingerprint`?'],
  ['backendContract', backendContract, null, 'options must be an object'],
])('%s refuses another difference', (name, suite, differences, words) => {
  const make = () => ({ connect: () => undefined });
  expect(() => suite(make as never, differences as never)).toThrow(`${name}: `);
  expect(() => suite(make as never, differences as never)).toThrow(words);
});

describe('runCases', () => {
  const cases = lockContract(() => ({ connect: () => new MemoryLock() }));
  const run = runCases as (...given: unknown[]) => void;
  const runner = () => undefined;

  it.each<[string, unknown[], string]>([
    [
      'nothing',
      [],
      'runCases takes the `it` of your runner first, `runCases(it, storageContract(make))`; it was given undefined.',
    ],
    ['the cases alone', [cases], 'it was given a list.'],
    ['no cases', [runner], 'runCases: the cases must be a list with one at least'],
    ['an empty list of them', [runner, []], 'it is an empty list.'],
    ['a suite that was not called', [runner, lockContract], 'it is a function.'],
    ['a list of something else', [runner, [{}]], 'it is a list with something else in it.'],
    ['a time in letters', [runner, cases, '5'], 'runCases: `timeoutMs` must be a number of milliseconds above 0'],
  ])('refuses %s', (_, given, words) => {
    expect(() => run(...given)).toThrow(words);
  });

  it('hands all of them over', () => {
    const names: string[] = [];
    runCases((name) => names.push(name), cases);
    expect(names).toEqual(cases.map(({ name }) => name));
  });
});
