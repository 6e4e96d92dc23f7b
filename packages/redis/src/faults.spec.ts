/** Which errors of Redis and its drivers pass, and what of them is told. */
import { describe, expect, it } from '@jest/globals';
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

describe('where ioredis says only that it gave up', () => {
  const gaveUp = Object.assign(new Error('Reached the max retries per request limit'), { name: 'MaxRetriesPerRequestError' });

  it.each<[string, Error, string]>([
    ['what was refused', new Error('connect ECONNREFUSED h:1'), 'connect ECONNREFUSED h:1'],
    [
      'what came of each address',
      new AggregateError([new Error('connect ECONNREFUSED ::1:1'), new Error('connect ECONNREFUSED 127.0.0.1:1')]),
      'connect ECONNREFUSED ::1:1, connect ECONNREFUSED 127.0.0.1:1',
    ],
    ['a code alone', Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  ])('tells %s', (_, whyDown, words) => {
    expect(told(gaveUp, 'Redis at h:1', whyDown)).toMatchObject({
      message: `Redis at h:1 failed: ${words}`,
      cause: { message: words },
    });
  });

  it('says where to look if that is not known', () => {
    expect(told(gaveUp).message).toBe('Redis failed: the client could not connect, and its `error` event tells why.');
  });

  it('tells nothing of a connection in another fault', () => {
    expect(told(new Error('ERR no'), 'Redis', new Error('connect ECONNREFUSED')).message).toBe('Redis failed: ERR no');
  });
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
