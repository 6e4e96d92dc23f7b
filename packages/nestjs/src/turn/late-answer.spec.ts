/** Which errors are about nothing but a response that somebody else had. */
import { ServerResponse, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import { isForAnswered } from './late-answer.js';

/** Node's own, which is of another realm than this test. */
function ofNode(): unknown {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  response.writeHead(200).end();
  try {
    response.setHeader('x', 'y');
  } catch (error) {
    return error;
  }
  return undefined;
}

const coded = (code: string): Error => Object.assign(new Error('no'), { code });
const circle = new Error('round');
circle.cause = circle;
const evil = Object.defineProperty({}, 'code', {
  get: () => {
    throw new Error('no');
  },
});

it.each<[string, unknown, boolean]>([
  ['an error of Node itself', ofNode(), true],
  ['one that it caused', new Error('It could not answer.', { cause: ofNode() }), true],
  ['an error of Fastify', coded('FST_ERR_REP_ALREADY_SENT'), true],
  ['a stream that was written to after its end', coded('ERR_STREAM_WRITE_AFTER_END'), true],
  ['an error of a database', coded('40P01'), false],
  ['an error without a code', new Error('no'), false],
  ['one that caused itself', circle, false],
  ['one of which nothing can be read', evil, false],
  ['a text', 'ERR_HTTP_HEADERS_SENT', false],
  ['nothing', undefined, false],
])('%s', (_, error, says) => {
  expect(isForAnswered(error)).toBe(says);
});
