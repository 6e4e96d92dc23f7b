/** The bytes of a kept answer go through hands of the application, and none of them changes the record, on both platforms. */
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openTill } from './handler/till.js';
import { closeAll } from './running.js';
import { PLATFORMS } from './serve.js';

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  it('a manual handler that changes the kept answer, and then throws, changes no record', async () => {
    const open = await openTill(platform);
    open.till.does = ({ run, state }) => {
      if (run === 1) return { paid: 1 };
      const body = Buffer.from(state.answer?.body ?? []).toString();
      state.answer?.body.fill(120);
      if (run === 2) throw new Error('Nothing is kept of this run.');
      return { body };
    };
    await open.ask('/manual');
    await open.ask('/manual');
    expect((await open.ask('/manual')).text).toBe('{"body":"{\\"paid\\":1}"}');
  });

  it('a middleware that changes what it has sent changes no record', async () => {
    const given: Uint8Array[] = [];
    const open = await openTill(platform, {
      prepare: (app) => {
        app.use((_: unknown, response: ServerResponse, next: () => void) => {
          const end = response.end.bind(response) as (chunk: unknown, ...rest: unknown[]) => ServerResponse;
          response.end = ((chunk: unknown, ...rest: unknown[]) => {
            if (chunk instanceof Uint8Array) given.push(chunk);
            return end(chunk, ...rest);
          }) as ServerResponse['end'];
          next();
        });
      },
    });
    open.till.does = () => ({ paid: 1 });
    const texts: string[] = [];
    for (let i = 0; i < 3; i++) {
      texts.push((await open.ask('/pay')).text);
      for (const chunk of given) chunk.fill(120);
    }
    expect(texts).toEqual(['{"paid":1}', '{"paid":1}', '{"paid":1}']);
    expect(given.length).toBeGreaterThan(0);
  });
});
