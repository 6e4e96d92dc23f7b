/** When an answer may go straight to the wire: only where Fastify says that no hook waits for it. */
import { describe, expect, it } from '@jest/globals';
import type { Reply } from './platform.js';
import { mayHaveSendHooks } from './send-hooks.js';

const reply = (request?: unknown): Reply => ({ request }) as unknown as Reply;
const context = (): symbol => Symbol('fastify.context');

describe('a reply may have onSend hooks', () => {
  it('unless its Fastify says that it has none, whichever copy of Fastify that is', () => {
    for (const symbol of [context(), context()]) {
      expect(mayHaveSendHooks(reply({ [symbol]: { onSend: null } }))).toBe(false);
      expect(mayHaveSendHooks(reply({ [symbol]: { onSend: [() => undefined] } }))).toBe(true);
    }
  });

  it('where nothing is found as it is expected', () => {
    expect(mayHaveSendHooks(reply())).toBe(true);
    expect(mayHaveSendHooks(reply(null))).toBe(true);
    expect(mayHaveSendHooks(reply({}))).toBe(true);
    expect(mayHaveSendHooks(reply({ [context()]: undefined }))).toBe(true);
    expect(mayHaveSendHooks(reply({ [context()]: {} }))).toBe(true);
    expect(mayHaveSendHooks(reply({ [Symbol('another')]: { onSend: null } }))).toBe(true);
  });
});
