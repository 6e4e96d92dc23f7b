/** The steps in the code and the files of `sql/` are one text. */
import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { SCHEMA_VERSION } from './schema.js';
import { SLOTS } from './schema-slots.js';

const FOLDER = new URL('../sql/', import.meta.url);

it('has a file for each step, of the same text', () => {
  expect(readdirSync(FOLDER)).toEqual(['001_slots.sql']);
  expect(SCHEMA_VERSION).toBe(1);
  expect(readFileSync(new URL('001_slots.sql', FOLDER), 'utf8')).toBe(SLOTS);
});
