/** What is kept of a handler’s answer. */
import type { Answer } from '@nestjs-idempotency/core';
import type { Captured } from '../wire/answer.js';
import type { KeepRule } from '../settings/keep-rule.js';
import { disposalOf, type Ended } from './outcome.js';

const answer = (status: number): Captured & { readonly answer: Answer } => ({
  kind: 'answer',
  answer: { status, headers: [], body: Buffer.from('body') },
});
const classic: KeepRule = ({ status }) => status >= 200 && status <= 207;
const all: KeepRule = () => true;
const plain = { transactional: false, manual: false };
const inTransaction = { transactional: true, manual: false };
const byHand = { transactional: false, manual: true };

const returned = (captured: Captured, statusAtReturn: number | undefined = 201): Ended => ({
  captured,
  began: true,
  threw: false,
  error: undefined,
  statusAtReturn,
});
const thrown = (captured: Captured, error: unknown = new Error('thrown')): Ended => ({
  ...returned(captured),
  statusAtReturn: undefined,
  threw: true,
  error,
});

describe('what becomes of an answer', () => {
  it('is kept when the policy says so', () => {
    const captured = answer(201);
    expect(disposalOf(returned(captured), 'print', classic, plain)).toEqual({
      kind: 'keep',
      record: { kind: 'answer', fingerprint: 'print', answer: captured.answer },
    });
  });

  it.each<[string, Ended, KeepRule]>([
    ['its status is not one that is kept', returned(answer(208), 208), classic],
    ['the handler chose an error status itself', returned(answer(422), 422), classic],
    ['the handler answered with an error before it returned', { ...returned(answer(422)), statusAtReturn: undefined }, classic],
    ['the handler threw, and errors are not kept', thrown(answer(500)), classic],
    ['the handler was never reached, even where all is kept', { ...thrown(answer(400)), began: false }, all],
    ['its stream broke, and its status would not have been kept', thrown({ kind: 'broken', status: 500 }), classic],
  ])('is given up when %s', (_, ended, keeps) => {
    expect(disposalOf(ended, 'print', keeps, plain)).toEqual({ kind: 'give-up' });
  });

  const unsent: [string, Ended][] = [
    ['was turned into an error behind the handler', returned(answer(500))],
    ['was turned into a client error behind the handler', returned(answer(422))],
    ['broke on its way', returned({ kind: 'broken', status: 200 }, 200)],
  ];

  it.each(unsent)('leaves a tombstone when it %s, as the effect must not be repeated', (_, ended) => {
    const record = { kind: 'tombstone', fingerprint: 'print', loss: 'unkept' };
    expect(disposalOf(ended, 'print', classic, plain)).toEqual({ kind: 'keep', record });
  });

  it.each(unsent)('is undone in a transaction when it %s', (_, ended) => {
    expect(disposalOf(ended, 'print', classic, inTransaction)).toEqual({ kind: 'give-up' });
  });

  it.each(unsent)('leaves a manual handler’s kept answer when it %s', (_, ended) => {
    expect(disposalOf(ended, 'print', classic, byHand)).toEqual({ kind: 'give-up' });
  });

  it.each([plain, inTransaction])('leaves a tombstone when it is too large, as the client is given all of it', (mode) => {
    const record = { kind: 'tombstone', fingerprint: 'print', loss: 'unkept' };
    const ended = returned({ kind: 'too-large', status: 200 }, 200);
    expect(disposalOf(ended, 'print', classic, mode)).toEqual({ kind: 'keep', record });
  });

  it('is undone in a transaction when the handler threw, also where the policy keeps its error', () => {
    expect(disposalOf(thrown(answer(422)), 'print', all, inTransaction)).toEqual({ kind: 'give-up' });
    expect(disposalOf(thrown(answer(422)), 'print', all, plain).kind).toBe('keep');
  });

  it('tells the policy the error that the handler threw', () => {
    const error = new Error('declined');
    const keeps: KeepRule = (outcome) => outcome.error === error && outcome.status === 402;
    expect(disposalOf(thrown(answer(402), error), 'print', keeps, plain).kind).toBe('keep');
  });
});
