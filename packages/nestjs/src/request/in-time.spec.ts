/** Promises of the application's own functions that do not settle, and bodies that take their time. */
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { bodyText } from './encoders/body.js';
import type { KeyedRequest } from './encoders/encoder.js';
import { inTime } from './in-time.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const never = (): Promise<never> => new Promise(() => undefined);

it('waits as long as the request comes, and no longer than that after it has come or broken off', async () => {
  for (const ends of [{ complete: true }, { destroyed: true }]) {
    const raw = { complete: false, destroyed: false };
    const failed = jest.fn();
    inTime('encoder', never(), 100, raw).catch(failed);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(failed).not.toHaveBeenCalled();
    Object.assign(raw, ends);
    await jest.advanceTimersByTimeAsync(100);
    expect(failed).toHaveBeenCalledWith(expect.objectContaining({ name: 'CallbackFailedError', callback: 'encoder' }));
  }
});

it('leaves no timer where the promise settles in time', async () => {
  await expect(inTime('scope', Promise.resolve('me'), 100)).resolves.toBe('me');
  await expect(inTime('scope', Promise.reject(new Error('no')), 100)).rejects.toThrow('no');
  expect(jest.getTimerCount()).toBe(0);
});

it('gives up a function for the body as well', async () => {
  const raw = { complete: true, destroyed: false } as IncomingMessage;
  const failed = jest.fn();
  Promise.resolve(bodyText({ body: never }, 'canonical')({ raw } as KeyedRequest)).catch(failed);
  await jest.advanceTimersByTimeAsync(5_000);
  expect(failed).toHaveBeenCalledWith(expect.objectContaining({ name: 'BodyRefusedError', reason: 'callback-failed' }));
});
