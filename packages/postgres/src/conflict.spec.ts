/** Which errors are conflicts, in the wrappings of the tools. */
import { describe, expect, it } from '@jest/globals';
import { isConflict } from './conflict.js';
import { factsOf } from './driver-error.js';
import { PostgresError } from './postgres-error.js';

class DrizzleQueryError extends Error {
  readonly query = 'commit';
  readonly params = [];
}
const fault = (code: string): Error =>
  Object.assign(new Error('from the driver'), { code, severity: 'ERROR', routine: 'CheckForSerializableConflictOut' });
const ofPrisma = (more: object): Error =>
  Object.assign(new Error('Prisma'), { name: 'PrismaClientKnownRequestError', clientVersion: '7.0.0', ...more });

describe('isConflict', () => {
  it.each(['40001', '40P01', '55P03'])('knows %s as the driver gives it, and as TypeORM, Drizzle and Prisma wrap it', (code) => {
    const wrappings: unknown[] = [
      fault(code),
      Object.assign(new Error('QueryFailedError'), { ...fault(code), driverError: fault(code) }),
      new DrizzleQueryError('Failed query', { cause: fault(code) }),
      ofPrisma({ code: 'P2010', meta: { driverAdapterError: { cause: { originalCode: code } } } }),
      new PostgresError('a statement of the library', factsOf(fault(code))),
    ];
    expect(wrappings.map(isConflict)).toEqual(wrappings.map(() => true));
  });

  it('knows the code that Prisma gives a write conflict', () => expect(isConflict(ofPrisma({ code: 'P2034' }))).toBe(true));

  it('takes an error of the application for none, whatever code it carries or names as its cause', () => {
    const others = [
      Object.assign(new Error('of the application'), { code: '40P01' }),
      Object.assign(new Error('of the application'), { code: 'P2034' }),
      { code: '40001', severity: 'ERROR', routine: 'none' },
      new Error('charging failed', { cause: fault('40P01') }),
      Object.assign(new Error('charging failed'), { driverError: fault('40001') }),
      Object.assign(new Error('charging failed'), { meta: { originalCode: '40001' } }),
    ];
    expect(others.map(isConflict)).toEqual(others.map(() => false));
  });

  it('takes a violated constraint, a syntax error and what is no error for no conflict', () => {
    const others = [fault('23505'), fault('42601'), fault('25P02'), new Error('40001'), '40001', undefined, null, 40001, {}];
    expect(others.map(isConflict)).toEqual(others.map(() => false));
  });

  it('ends on an error that is its own cause', () => {
    const own = new DrizzleQueryError('own cause');
    const facts = new Error('own cause');
    facts.cause = facts;
    expect(isConflict(own)).toBe(false);
    expect(factsOf(facts)).toEqual({ tool: 'Error' });
  });
});
