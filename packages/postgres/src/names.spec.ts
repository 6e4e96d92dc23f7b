/** Which names a table may have, and what is derived from them. */
import { describe, expect, it } from '@jest/globals';
import { channelOf, namesOf } from './names.js';

describe('namesOf', () => {
  it('quotes names, so that no word of SQL and no capital is taken for something else', () => {
    expect(namesOf({ schema: 'user', table: 'Order' })).toMatchObject({ schema: '"user"', table: '"user"."Order"' });
    expect(namesOf().of('open')).toBe('"public"."idempotency_open"');
  });

  it.each(['', 'a"b', 'a.b', '1a', 'a b', 'ä', 'a'.repeat(49), "a'; DROP TABLE x; --"])('refuses the name %j', (name) => {
    expect(() => namesOf({ table: name })).toThrow('`table` must be a letter or underscore');
    expect(() => namesOf({ schema: name })).toThrow('`schema` must be a letter or underscore');
  });

  it('keeps channels and locks of two tables apart, also where their names run together', () => {
    const [one, other] = [namesOf({ schema: 'a', table: 'bc' }), namesOf({ schema: 'ab', table: 'c' })];
    expect(channelOf(one)).toMatch(/^idempotency_[0-9a-f]{16}$/);
    expect(channelOf(one)).not.toBe(channelOf(other));
    expect(one.digest('locks')).not.toEqual(other.digest('locks'));
    expect(one.digest('locks')).not.toEqual(one.digest('purge'));
  });
});
