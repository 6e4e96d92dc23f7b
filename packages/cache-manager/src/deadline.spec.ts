/** Deadlines: what settles in time settles as it is; what does not is an error with a bound. */
import { jest } from '@jest/globals';
import { within } from './deadline.js';

describe('within', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('settles as the operation does and leaves no timer', async () => {
    await expect(within(50, 'a read', Promise.resolve('value'))).resolves.toBe('value');
    await expect(within(50, 'a read', Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('wraps what is no Error, keeping it as the cause', async () => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- drivers do reject with strings
    await expect(within(50, 'a read', Promise.reject('down'))).rejects.toMatchObject({ cause: 'down' });
  });

  it('rejects when the time is over, naming the operation and the time', async () => {
    const late = within(50, 'a write', new Promise(() => undefined));
    const told = expect(late).rejects.toThrow('The cache did not answer a write within 50 ms.');
    await jest.advanceTimersByTimeAsync(50);
    await told;
  });
});
