/** What is misspelt would let two different requests pass for one, or one for two. */
import { describe, expect, it } from '@jest/globals';
import { BasicEncoder, type BodyRules, OperationEncoder } from './index.js';

describe.each([
  ['BasicEncoder', BasicEncoder],
  ['OperationEncoder', OperationEncoder],
])('the rules of %s', (name, Encoder) => {
  it.each<[string, unknown, string]>([
    ['a misspelt name', { bdy: 'raw' }, '`bdy` is not an option: did you mean `body`?'],
    ['another name', { ignore: ['a'] }, '`ignore` is not an option: known are body, maxDepth, maxBytes, maxParts.'],
    ['a misspelt word', { body: 'canonicl' }, "did you mean 'canonical'?"],
    ['a word of others', { body: 'json' }, "did you mean 'canonical'?"],
    ['nothing', { body: null }, 'it is null.'],
    ['two lists', { body: { only: ['a'], except: ['b'] } }, '`body` must be'],
    ['a misspelt list', { body: { onyl: ['a'] } }, '`body` must be'],
    ['no path', { body: { only: [] } }, '`body` must be'],
    ['a path of JSONPath', { body: { only: ['$.a'] } }, 'customer.id'],
    ['a path without a name', { body: { except: ['a..b'] } }, 'customer.id'],
    ['a list that is none', { body: { only: 'a' } }, '`body` must be'],
    ['what is no path', { body: { only: [5] } }, '`body` must be'],
    ['paths alone', { body: ['a'] }, '`body` must be'],
    ['a depth that is no number', { maxDepth: Number.NaN }, '`maxDepth` must be a whole number from 1; it is NaN.'],
    ['bytes below zero', { maxBytes: -1 }, '`maxBytes` must be'],
    ['a text in their place', 'raw', 'options must be an object'],
    ['null in their place', null, 'options must be an object'],
  ])('refuse %s', (_what, rules, words) => {
    expect(() => new Encoder(rules as BodyRules)).toThrow(TypeError);
    expect(() => new Encoder(rules as BodyRules)).toThrow(`${name}: `);
    expect(() => new Encoder(rules as BodyRules)).toThrow(words);
  });

  it.each<BodyRules>([
    {},
    { body: 'ordered', maxDepth: 10, maxBytes: 0, maxParts: 1 },
    { body: { only: ['customer.id', 'a[0]', '$', 'sent at'] } },
    { body: { except: ['sentAt'] } },
    { body: () => 1 },
  ])('take %j', (rules) => {
    expect(new Encoder(rules)).toBeInstanceOf(Encoder);
  });
});
