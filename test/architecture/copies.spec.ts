/** What a second copy of a package in the process must find: state of a module is shared, and errors carry a brand. */
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { published, shown, sources } from './workspace.js';

/** State that is of one copy, and why that is enough. */
const OF_ONE_COPY: Readonly<Record<string, string>> = {
  'packages/nestjs/src/backends/parts.ts': 'asked by the module that made the pair',
  'packages/nestjs/src/turn/handler-scope.ts': 'asked by the turn that made the scope',
  'packages/nestjs/src/wire/declared.ts': 'what a handler declares is the same for all',
  'packages/nestjs/src/wire/line.ts': 'a response has the line of the copy that serves it',
  'packages/nestjs/src/wire/shared-line.ts': 'a response has the line of the copy that serves it',
};

/** Errors that do not leave the copy that throws them. */
const WITHIN = ['RolledBack', 'StoppedError', 'UnsendableAnswerError', 'DriverMissingError'];

const files = published().flatMap((workspace) => sources(workspace));
const STATE = /^(?:export )?(?:const|let) .*(?:new (?:WeakMap|WeakSet|AsyncLocalStorage)\b|: AsyncLocalStorage\b|[^.\w]Symbol\()/;
const ERROR =
  /^export class (\w+)(?:<\w+>)? extends \w*(?:Error|Exception)\b[^{]*\{(\s+static \{\s+branded\(this, '(\w+)'\);)?/gm;

it('finds state of a module by its line', () => {
  expect('const places = new WeakMap<object, number>();').toMatch(STATE);
  expect("const LINE = Symbol('line');").toMatch(STATE);
  expect("const MARK = Symbol.for('mark');").not.toMatch(STATE);
});

it('keeps state of a module where all copies find it, or says why not', () => {
  const alone = files.filter((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .some((line) => STATE.test(line) && !line.includes('shared(')),
  );
  expect(alone.map(shown).sort()).toEqual(Object.keys(OF_ONE_COPY).sort());
});

it('brands each error by its name', () => {
  const errors = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(ERROR)]);
  expect(errors.length).toBeGreaterThan(9);
  const unbranded = errors.filter(([, name, , brand]) => brand !== name).map(([, name]) => name);
  expect(unbranded.sort()).toEqual([...WITHIN].sort());
});
