/** Options are read as their author wrote them, whatever they stand on. */
import { expect, it } from '@jest/globals';
import { MemoryStorage } from '../memory/storage.js';
import { readOptions } from './read.js';

const NAMES = ['keepMs', 'scope', 'encoder'];

class Settings {
  readonly #keepMs = 10;
  get keepMs(): number {
    return this.#keepMs;
  }
  scope(): string {
    return `of ${this.#keepMs}`;
  }
  helper(): string {
    return 'its own affair';
  }
}

it('reads getters and methods of a class, and leaves its other members alone', () => {
  const read = readOptions(new Settings(), NAMES);
  expect(Object.keys(read)).toEqual(['keepMs', 'scope']);
  expect(read.keepMs).toBe(10);
  const { scope } = read;
  expect(scope()).toBe('of 10');
});

it('reads what a prototype or a proxy answers', () => {
  expect(readOptions(Object.create({ keepMs: 10 }) as object, NAMES)).toEqual({ keepMs: 10 });
  expect(readOptions(new Proxy({}, { get: (_, name) => (name === 'keepMs' ? 10 : undefined) }), NAMES)).toEqual({ keepMs: 10 });
});

it('leaves a class that is a value as it is', () => {
  class Encoder {}
  expect(readOptions(Object.create({ encoder: Encoder }) as object, NAMES)).toEqual({ encoder: Encoder });
});

it('lets a misspelt getter be seen', () => {
  class Misspelt {
    get maxRecord(): number {
      return 1;
    }
  }
  expect(() => new MemoryStorage(new Misspelt() as object)).toThrow('`maxRecord` is not an option: did you mean `maxRecords`?');
});
