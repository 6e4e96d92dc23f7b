/** R1-R4: the test vectors of the HTTP working group for structured-field strings, and what draft-07 says of its field. */
import { readKey } from './key.js';

/** What the strict syntax makes of the field lines `raw`; `null` where it fails. */
function parsed(raw: readonly string[], maxLength = 255): string | null {
  const rawHeaders = raw.flatMap((line) => ['Idempotency-Key', line]);
  const reading = readKey({ headers: { 'idempotency-key': raw.join(', ') }, rawHeaders }, 'idempotency-key', {
    syntax: 'strict',
    maxLength,
  });
  // The one rule that a key adds to strings: it is not empty.
  if (reading.kind === 'invalid' && reading.detail === 'The key must not be empty.') return raw.join() === '' ? null : '';
  return reading.kind === 'key' ? reading.key : null;
}

describe('R1: the field is an Item whose value is a String', () => {
  it.each([
    `abc`,
    `'abc'`,
    ':YWJj:',
    '1',
    '1.5',
    '?1',
    '@1659578233',
    '%"abc"',
    '("abc")',
    '"a", "b"',
    '"a" x',
    'a="b"',
    '"a";',
    '"a";1',
    '"a" ;b',
  ])('refuses %j', (raw) => {
    expect(parsed([raw])).toBeNull();
  });

  it('takes "abc"', () => {
    expect(parsed(['"abc"'])).toBe('abc');
  });
});

describe('R2: the vectors of string.json', () => {
  it.each<[name: string, raw: string[], expected: string | null]>([
    ['basic string', ['"foo"'], 'foo'],
    ['empty string', ['""'], ''],
    ['long string', [`"${'foo '.repeat(16)}"`], 'foo '.repeat(16)],
    ['whitespace string', ['"   "'], '   '],
    ['non-ascii string', ['"f\u00fc\u00fc"'], null],
    ['tab in string', ['"\t"'], null],
    ['newline in string', ['" \n "'], null],
    ['single quoted string', [`'foo'`], null],
    ['unbalanced string', ['"foo'], null],
    ['string quoting', [String.raw`"foo \"bar\" \\ baz"`], String.raw`foo "bar" \ baz`],
    ['bad string quoting', [String.raw`"foo \,"`], null],
    ['ending string quote', [String.raw`"foo \"`], null],
    ['abruptly ending string quote', ['"foo \\'], null],
    ['two lines', ['"foo', 'bar"'], null],
  ])('%s', (_name, raw, expected) => {
    expect(parsed(raw)).toBe(expected);
  });
});

describe('R2: the 256 vectors of string-generated.json', () => {
  const bytes = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

  it('takes every printable byte in a string, and fails on 35 others', () => {
    const failed = bytes.filter((byte) => parsed([`"${byte}"`]) !== byte);
    expect(failed.sort().join('')).toBe([...bytes.slice(0, 32), '"', '\\', '\u007f'].sort().join(''));
  });

  it('takes an escaped quote and an escaped backslash, and fails on 126 others', () => {
    expect(bytes.filter((byte) => parsed([`"\\${byte}"`]) === byte)).toEqual(['"', '\\']);
    expect(bytes.filter((byte) => parsed([`"\\${byte}"`]) === null)).toHaveLength(126);
  });
});

describe('R2: the white space of item.json', () => {
  it.each([
    ['  "a"', 'a'],
    ['"a"  ', 'a'],
    ['     "a"  ', 'a'],
    ['\t"a"', null],
    ['"a"\t', null],
    ['', null],
  ])('%j', (raw, expected) => {
    expect(parsed([raw])).toBe(expected);
  });
});

describe('R3: parameters are parsed and ignored', () => {
  it.each(['"k";v=1', '"k"; v', '"k";a="x;y, z";b=?0', '"k";a=:YWJj:;b=1.5;*c=tok', '"k" ', '"k";v=@1'])('%j', (raw) => {
    expect(parsed([raw])).toBe('k');
  });

  it('also behind an escape, where the plain string ends', () => {
    expect(parsed([String.raw`"a\"b";v=1`])).toBe('a"b');
  });

  it('fails on a control character in a string with parameters, and in a parameter', () => {
    expect(parsed(['"a\u0001b";v=1'])).toBeNull();
    expect(parsed(['"ab";v="\u0001"'])).toBeNull();
  });
});

describe('R4: two field lines are one comma-joined value', () => {
  it.each([[['"a"', '"b"']], [['"a"', '"a"']], [['"a', 'b"']], [['', '"a"']]])('%j fails', (raw) => {
    expect(parsed(raw)).toBeNull();
  });
});

it('does not take quadratic time for a hostile value', () => {
  const startedAt = performance.now();
  for (const value of [' '.repeat(16_000) + 'x', `"${'\\"'.repeat(8000)}`, `"k"${';a'.repeat(8000)}`, `x${' '.repeat(16_000)}y`])
    parsed([value]);
  expect(performance.now() - startedAt).toBeLessThan(500);
});
