/** When the fields are there, and that what stands in them stays. */
import { EventEmitter } from 'node:events';
import { expect, it } from '@jest/globals';
import { putFieldsEarly } from './early-fields.js';

const [FIRST, SECOND] = [Symbol('first'), Symbol('second')];

function served(response: object): { seen: PropertyKey[]; response: object } {
  const server = new EventEmitter();
  let seen: PropertyKey[] = [];
  // The framework listens since its server was made.
  server.on('request', (_, given: object) => (seen = Reflect.ownKeys(given)));
  putFieldsEarly(server, FIRST, SECOND);
  server.emit('request', {}, response);
  return { seen, response };
}

it('puts both fields on a response before the framework sees it, and nothing into them', () => {
  const { seen, response } = served({});
  expect(seen).toEqual([FIRST, SECOND]);
  expect(Reflect.get(response, FIRST)).toBeUndefined();
});

it('leaves what another server, which handed the request on, has put there', () => {
  expect(served({ [FIRST]: 'mark', [SECOND]: 'line' }).response).toEqual({ [FIRST]: 'mark', [SECOND]: 'line' });
});

it('does without a server', () => {
  expect(() => {
    putFieldsEarly(undefined, FIRST, SECOND);
  }).not.toThrow();
});
