/** What a replay shows, and to whom. */
import type { Answer } from '@nestjs-idempotency/core';
import { expect, it } from '@jest/globals';
import { shownOf } from './replayed-value.js';

const answer = (status: number): Answer => ({
  status,
  headers: [['content-type', 'application/json']],
  body: Buffer.from('{"id":1}'),
});

it('shows the value of an answer to those outside, and takes no trouble where nobody is', () => {
  expect(shownOf(answer(201), false)).toEqual({ kind: 'value', value: { id: 1 } });
  expect(shownOf(answer(201), true)).toEqual({ kind: 'value', value: undefined });
});

it.each([true, false])('shows an error with its body, as filters see it with no interceptor outside: alone %s', (isAlone) => {
  const shown = shownOf(answer(402), isAlone);
  expect(shown).toMatchObject({ kind: 'error', error: { status: 402, response: { id: 1 } } });
});
