/** The interleavings find out a library that is broken on purpose. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { bundleApp } from '../../faults/postgres/bundle.js';
import { BROKEN_VARIANTS, type BrokenName } from '../broken-variants.js';

/** The promises that each breaks; which of them is found first depends on the schedule. */
const BREAKS: Readonly<Record<BrokenName, RegExp>> = {
  'released at the end of the Observable': /BrokenPromise: S[1-8]: /,
  'answered after a rollback': /BrokenPromise: (S6: a client was told|L3: refused for an answer that was called released)/,
};

it.each(Object.entries(BREAKS))(
  'a library %s',
  async (name, broken) => {
    const { program, remove } = await bundleApp('test/proof/interleavings/main.ts', BROKEN_VARIANTS[name as BrokenName]);
    try {
      const run = promisify(execFile)(process.execPath, [program, '3000', '7', '--over', 'interceptor'], {
        maxBuffer: 2 ** 26,
        env: { PATH: process.env['PATH'] },
      });
      await expect(run).rejects.toMatchObject({ code: 1, stdout: expect.stringMatching(broken) as unknown });
    } finally {
      remove();
    }
  },
  240_000,
);
