/** What stays of what a session did, by what its server says. */
import { describe, expect, it } from '@jest/globals';
import { Endings } from './endings.js';

/** `T INSERT,COMMIT` is a batch of two statements, after which a transaction is open; `!` is a statement that failed. */
function after(...batches: string[]): Endings {
  const endings = new Endings();
  for (const batch of batches) {
    const [status = '', tags = ''] = batch.split(/ (.*)/);
    for (const tag of tags.split(',')) {
      if (tag === '!') endings.failed();
      else if (tag) endings.completed(tag);
    }
    endings.ready(status);
  }
  return endings;
}

describe('what was left by a session that began in a transaction', () => {
  it.each([
    [['T INSERT 0 1']],
    [['T INSERT 0 1', 'I ROLLBACK']],
    [['T ROLLBACK', 'I ROLLBACK']],
    [['I ROLLBACK', 'I COMMIT']],
    [['I !']],
    [['I INSERT 0 1,!']],
    [['I ROLLBACK', 'I !', 'T BEGIN', 'T INSERT 0 1', 'I ROLLBACK']],
  ])('nothing: %j', (batches) => {
    expect(after(...batches).leftSomething).toBe(false);
  });
  it.each([
    [['I COMMIT']],
    [['I COMMIT', 'I ROLLBACK']],
    [['T COMMIT,BEGIN', 'I ROLLBACK']],
    [['I COMMIT,!']],
    [['I ROLLBACK', 'I INSERT 0 1']],
    [['I ROLLBACK', 'I BEGIN,INSERT 0 1,COMMIT']],
    [['I ROLLBACK,INSERT 0 1']],
    [['I PREPARE TRANSACTION']],
  ])('something: %j', (batches) => {
    expect(after(...batches).leftSomething).toBe(true);
  });

  it('is idle, ended and committed by one COMMIT only', () => {
    const facts = (...batches: string[]) => {
      const { isIdle, count, isOneCommit } = after(...batches);
      return [isIdle, count, isOneCommit];
    };
    expect(facts()).toEqual([false, 0, false]);
    expect(facts('T SELECT 1', 'I COMMIT')).toEqual([true, 1, true]);
    expect(facts('I ROLLBACK', 'I COMMIT')).toEqual([true, 2, false]);
    expect(facts('I COMMIT', 'T BEGIN')).toEqual([false, 1, true]);
  });
});
