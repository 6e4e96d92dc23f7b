/** Statements that begin or end a transaction, however they are written. */
import { describe, expect, it } from '@jest/globals';
import { controlIn } from './transaction-words.js';

const kindOf = (text: string) => controlIn(text)?.kind;

describe('what a statement does to a transaction', () => {
  it.each([
    'BEGIN',
    'begin;',
    ' BEGIN WORK ',
    'BEGIN TRANSACTION',
    'start transaction',
    '/* a */ -- b\nBEGIN',
    'BEGIN READ WRITE, NOT DEFERRABLE',
  ])('begins one: %s', (text) => {
    expect(kindOf(text)).toBe('begin');
  });
  it.each(['COMMIT', 'commit work;', 'END', 'END TRANSACTION -- of it', 'COMMIT AND NO CHAIN'])('commits it: %s', (text) => {
    expect(kindOf(text)).toBe('commit');
  });
  it.each(['ROLLBACK', 'rollback transaction', 'ABORT;'])('undoes it: %s', (text) => {
    expect(kindOf(text)).toBe('rollback');
  });
  it.each([
    'ROLLBACK TO SAVEPOINT a',
    'ROLLBACK WORK TO a',
    'COMMIT PREPARED $$a$$',
    'SELECT 1',
    'BEGINS',
    'PREPARE a AS SELECT 1',
    '',
    'SAVEPOINT a',
  ])('does nothing to it: %s', (text) => {
    expect(kindOf(text)).toBeUndefined();
  });
  it.each([
    'BEGIN ISOLATION LEVEL SERIALIZABLE',
    'START TRANSACTION READ ONLY',
    'BEGIN DEFERRABLE',
    'COMMIT AND CHAIN',
    "PREPARE TRANSACTION 'a'",
  ])('cannot be had inside of another, which is said with the cure: %s', (text) => {
    expect(controlIn(text)).toEqual({ kind: 'refused', why: expect.stringMatching(/outsideTransaction.*fromPool/) });
  });
  it('is to be sent alone', () => {
    expect(controlIn('BEGIN; INSERT INTO a VALUES (1); COMMIT')).toEqual({
      kind: 'refused',
      why: expect.stringContaining('send them one by one'),
    });
  });
});
