/** Parameters for tools that count places instead of naming them. */
import { expect, it } from '@jest/globals';
import { splitAtParameters, withQuestionMarks } from './placeholders.js';

it('gives each occurrence a place with its value, also repeated, also of two digits', () => {
  const values = Array.from({ length: 11 }, (_, i) => `v${i + 1}`);
  expect(withQuestionMarks('a $2 b $1 c $2 d $11', values)).toEqual({
    text: 'a ? b ? c ? d ?',
    values: ['v2', 'v1', 'v2', 'v11'],
  });
});

it('leaves a statement without parameters and a dollar quote as they are', () => {
  expect(splitAtParameters('AS $$ BEGIN $$', [])).toEqual({ pieces: ['AS $$ BEGIN $$'], places: [] });
});
