/** Which errors are conflicts, in the wrappings of the tools. */
import { describe, expect, it } from '@jest/globals';
import { isAborted, isConflict } from './conflict.js';

const fault = (code: string): Error => Object.assign(new Error('from the driver'), { code });

describe('isConflict', () => {
  it.each(['40001', '40P01', '55P03'])('knows %s as the driver gives it, and as TypeORM, Drizzle and Prisma wrap it', (code) => {
    const wrappings: unknown[] = [
      fault(code),
      Object.assign(new Error('QueryFailedError'), { driverError: fault(code) }),
      new Error('Failed query', { cause: fault(code) }),
      Object.assign(new Error('P2010'), { code: 'P2010', meta: { driverAdapterError: { cause: { originalCode: code } } } }),
    ];
    expect(wrappings.map(isConflict)).toEqual([true, true, true, true]);
  });

  it('knows the code that Prisma gives a write conflict', () => expect(isConflict(fault('P2034'))).toBe(true));

  it('takes a violated constraint, a syntax error and what is no error for no conflict', () => {
    const others = [fault('23505'), fault('42601'), fault('25P02'), new Error('40001'), '40001', undefined, null, 40001, {}];
    expect(others.map(isConflict)).toEqual(others.map(() => false));
  });

  it('ends on an error that is its own cause', () => {
    const own = new Error('own cause');
    own.cause = own;
    expect(isConflict(own)).toBe(false);
  });
});

it('knows a transaction that was aborted before', () => {
  expect(isAborted(new Error('wrapped', { cause: fault('25P02') }))).toBe(true);
  expect(isAborted(fault('40001'))).toBe(false);
});
