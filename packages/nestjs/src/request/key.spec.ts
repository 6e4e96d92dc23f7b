/** Which header values are keys, by RFC 9651's own vectors and by what clients send. */
import { type KeyReading, type KeyRules, readKey } from './key.js';

const HEADER = 'idempotency-key';

function read(value: string | undefined, rules: Partial<KeyRules> = {}, lines = [value]): KeyReading {
  const rawHeaders = ['Host', 'x', ...lines.flatMap((line) => ['Idempotency-Key', line ?? ''])];
  return readKey({ headers: value === undefined ? {} : { [HEADER]: value }, rawHeaders }, HEADER, {
    syntax: 'strict',
    maxLength: 255,
    ...rules,
  });
}

function key(value: string, rules: Partial<KeyRules> = {}): string | undefined {
  const reading = read(value, rules);
  return reading.kind === 'key' ? reading.key : undefined;
}

const SYNTAXES = ['any', 'lenient', 'strict'] as const;

describe('readKey', () => {
  it.each(SYNTAXES)('%s: tells an absent header from an empty one', (syntax) => {
    expect(read(undefined, { syntax })).toEqual({ kind: 'absent' });
    expect(read('', { syntax })).toEqual({ kind: 'invalid', detail: 'The key must not be empty.' });
    expect(read('   ', { syntax })).toEqual({ kind: 'invalid', detail: 'The key must not be empty.' });
  });

  it.each(['lenient', 'strict'] as const)('%s: refuses an empty string', (syntax) => {
    expect(read('""', { syntax })).toEqual({ kind: 'invalid', detail: 'The key must not be empty.' });
  });

  it.each(SYNTAXES)('%s: refuses two header lines, also equal or empty ones, and never takes the first', (syntax) => {
    for (const lines of [
      ['"a"', '"b"'],
      ['"a"', '"a"'],
      ['', ''],
      ['a', ''],
    ])
      expect(read(lines.join(', '), { syntax }, lines)).toEqual({
        kind: 'invalid',
        detail: 'The key header must be sent exactly once.',
      });
  });

  it('refuses two lines of a header of which Node keeps the first', () => {
    const sent = { headers: { etag: 'a' }, rawHeaders: ['ETag', 'a', 'etag', 'b'] };
    expect(readKey(sent, 'etag', { syntax: 'any', maxLength: 9 })).toMatchObject({ kind: 'invalid' });
  });

  it.each(SYNTAXES)('%s: takes keys up to the longest and none beyond', (syntax) => {
    expect(key(`"${'x'.repeat(8)}"`, { syntax, maxLength: 10 })).toBeDefined();
    expect(read(`"${'x'.repeat(11)}"`, { syntax, maxLength: 10 })).toEqual({
      kind: 'invalid',
      detail: 'The key must not be longer than 10 characters.',
    });
  });

  it('never repeats the value in its detail', () => {
    for (const syntax of SYNTAXES)
      for (const value of ['se\u0000cret', '"se\tcret', `secret${'x'.repeat(300)}`])
        expect(JSON.stringify(read(value, { syntax }))).not.toContain('cret');
  });
});

describe('any', () => {
  it.each(['x', '"x"', 'a, b', 'caf\u00e9', 'x y', `{"a":1}`])('takes %j as it stands', (value) => {
    expect(key(value, { syntax: 'any' })).toBe(value);
  });

  it.each(['\u0000', '\t', '\r', '\n', '\u001b', '\u007f'])('refuses the control character %j', (control) => {
    expect(key(`a${control}b`, { syntax: 'any' })).toBeUndefined();
  });
});

describe('lenient', () => {
  it.each(['x', '7', ':YWJj:', '8e03978e-40d5-43dd-bc93-6894a57f9324', 'order:17/retry+a=', "it's", 'a\\b'])(
    'takes %j, and the same in quotes, as one key',
    (value) => {
      expect(key(value, { syntax: 'lenient' })).toBe(value);
      expect(key(JSON.stringify(value), { syntax: 'lenient' })).toBe(value);
    },
  );

  it.each(['a"', '"a', 'a b', 'a,b', 'a;b', '"a" b', '"a", "b"', 'caf\u00e9', '"caf\u00e9"', '"\\a"', 'a\tb'])(
    'refuses %j',
    (value) => {
      expect(key(value, { syntax: 'lenient' })).toBeUndefined();
    },
  );
});

describe('format', () => {
  const uuid = '8E03978E-40d5-43dd-bc93-6894a57f9324';

  it('may be a UUID of any version', () => {
    expect(key(`"${uuid}"`, { format: 'uuid' })).toBe(uuid);
    expect(read(`"${uuid}0"`, { format: 'uuid' })).toEqual({ kind: 'invalid', detail: 'The key must be a UUID.' });
  });

  it('may be a pattern, also one with a memory', () => {
    const format = /^ord-\d+$/g;
    for (let again = 0; again < 3; again += 1) expect(key('"ord-17"', { format })).toBe('ord-17');
    expect(key('"order-17"', { format })).toBeUndefined();
  });

  it('may be a function', () => {
    expect(key('"abc"', { format: (value) => value.length === 3 })).toBe('abc');
    expect(key('"abcd"', { format: (value) => value.length === 3 })).toBeUndefined();
  });
});
