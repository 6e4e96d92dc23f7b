/** When a connection may go back to its pool, and that nothing is done to it afterwards. */
import { EventEmitter } from 'node:events';
import { expect, it } from '@jest/globals';
import { Session, sessionOn } from './session.js';

/** A connection as `pg` shows it, inside of a transaction. */
function opened() {
  const protocol = new EventEmitter();
  let ends = 0;
  const end = (): Promise<void> => {
    ends += 1;
    return Promise.resolve();
  };
  const connection = Object.assign(new EventEmitter(), { connection: protocol, end });
  const commits = (): void => {
    protocol.emit('commandComplete', { text: 'COMMIT' });
    protocol.emit('readyForQuery', { status: 'I' });
  };
  return { connection, protocol, commits, ends: () => ends };
}

it('gives a connection back whose transaction is over', () => {
  const { connection, commits, ends } = opened();
  const session = new Session(connection);
  commits();
  expect([session.giveBack(), ends()]).toEqual([true, 0]);
});

it('ends one that is in a transaction, or has not said how its last statement ended', () => {
  const [inside, unsaid] = [opened(), opened()];
  expect([new Session(inside.connection).giveBack(), inside.ends()]).toEqual([false, 1]);
  const session = new Session(unsaid.connection);
  unsaid.protocol.emit('errorMessage', {});
  expect([session.giveBack(), unsaid.ends()]).toEqual([false, 1]);
});

it('gives none back that was lost, or ended by force', () => {
  const [lost, forced] = [opened(), opened()];
  const session = new Session(lost.connection);
  lost.commits();
  lost.connection.emit('error', new Error('gone'));
  expect(session.giveBack()).toBe(false);
  const ended = new Session(forced.connection);
  ended.destroy();
  expect([ended.giveBack(), forced.ends()]).toEqual([false, 1]);
});

it.each(['giveBack', 'leave'] as const)('does nothing to a connection, and hears nothing of it, after %s', (how) => {
  const { connection, commits, ends } = opened();
  const session = new Session(connection);
  commits();
  session[how]();
  const next = new Session(connection);
  commits();
  session.leave();
  session.destroy();
  expect(ends()).toBe(0);
  expect([session.isBroken, session.isCommitted]).toEqual([false, true]);
  expect(sessionOn(connection)).toBe(next);
});
