/** Which errors of Redis and its drivers pass, and what of them is told. */
import { expect, it } from '@jest/globals';
import { IdempotencyUnavailableError } from '@nestjs-idempotency/core';
import { isPassing, told } from './faults.js';

it.each([
  "READONLY You can't write against a read only replica.",
  'LOADING Redis is loading the dataset in memory',
  'TRYAGAIN Multiple keys request during rehashing of slot',
  'CLUSTERDOWN The cluster is down',
  'MASTERDOWN Link with MASTER is down',
  'NOREPLICAS Not enough good replicas to write.',
  'MOVED 3999 127.0.0.1:6381',
  'Connection is closed.',
  'Socket closed unexpectedly',
  'connect ECONNREFUSED 127.0.0.1:6379',
  'read ECONNRESET',
])('asks again after: %s', (message) => {
  expect(isPassing(new Error(message))).toBe(true);
});

it.each([
  'ERR unknown command',
  'WRONGTYPE Operation against a key holding the wrong kind of value',
  "OOM command not allowed when used memory > 'maxmemory'.",
  'NOPERM this user has no permissions',
  'NOAUTH Authentication required.',
  "CROSSSLOT Keys in request don't hash to the same slot",
])('does not ask again after: %s', (message) => {
  expect(isPassing(new Error(message))).toBe(false);
});

it('does not ask again after a mistake of our own', () => {
  expect(isPassing(new TypeError('Invalid argument type'))).toBe(false);
});

it('tells the message and the cause, without the command that drivers hang on it', () => {
  const error = Object.assign(new Error("ERR unknown command 'EVALSHA', with args beginning with: 'secret'"), {
    name: 'ReplyError',
    command: { name: 'evalsha', args: ['secret'] },
  });
  const fault = told(error);
  expect(fault).toBeInstanceOf(IdempotencyUnavailableError);
  expect(fault.message).toBe("Redis failed: ERR unknown command 'EVALSHA'");
  expect(fault.cause).toMatchObject({ name: 'ReplyError', message: "ERR unknown command 'EVALSHA'" });
  expect(Object.keys(fault.cause as object)).not.toContain('command');
});
