/** Functions of the application whose promise never settles: the request is answered in time, the function is named, and nothing runs twice. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { envelope, type RecordCodec } from '@nestjs-idempotency/core';
import { type IdempotencyEncoder, type IdempotencyOptions, OperationEncoder } from 'nestjs-idempotency';
import { type Open, openTill, shown } from './handler/till.js';
import { closeAll } from './running.js';
import { PLATFORMS } from './serve.js';

afterEach(closeAll);

const TIMEOUT_MS = 60;

describe.each(PLATFORMS)('on %s', (platform) => {
  let isStuck = true;
  const stuck = <T>(given: T): T | Promise<never> => (isStuck ? new Promise<never>(() => undefined) : given);
  const start = async (options: IdempotencyOptions): Promise<Open> => {
    isStuck = true;
    const open = await openTill(platform, { options: { storeTimeoutMs: TIMEOUT_MS, ...options } });
    open.till.does = ({ run }) => ({ paid: run });
    return open;
  };
  const told = (callback: string, named: string) => ({
    kind: 'fault',
    fault: expect.objectContaining({
      kind: 'callback-failed',
      callback,
      cause: expect.objectContaining({ message: `\`${named}\` did not settle within ${TIMEOUT_MS} ms.` }),
    }),
  });

  class Own implements IdempotencyEncoder {
    readonly #inner = new OperationEncoder();
    encode(request: Parameters<IdempotencyEncoder['encode']>[0]) {
      return stuck<ReturnType<IdempotencyEncoder['encode']>>(this.#inner.encode(request));
    }
  }

  it.each<[string, IdempotencyOptions]>([
    ['scope', { scope: () => stuck('me') }],
    ['encoder', { encoder: new Own() }],
  ])('a %s refuses the request as one that throws does, and runs nothing', async (callback, options) => {
    const open = await start(options);
    const refused = await open.ask('/pay');
    expect([refused.status, JSON.parse(refused.text)]).toEqual([500, expect.objectContaining({ reason: 'callback-failed' })]);
    expect(open.faults()).toContainEqual({
      kind: 'fault',
      fault: {
        kind: 'callback-failed',
        callback,
        cause: new Error(`\`${callback}\` did not settle within ${TIMEOUT_MS} ms.`),
      },
    });
    isStuck = false;
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":1}', false]);
  });

  it('an encoder that reads a body waits for it as long as it comes', async () => {
    isStuck = false;
    const open = await start({ encoder: new Own() });
    isStuck = false;
    const port = String(open.port);
    const { request } = await import('node:http');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'content-type': 'application/x-unread', 'content-length': 4, 'idempotency-key': 'slow' };
      const slow = request({ port, path: '/pay', method: 'POST', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      slow.on('error', reject);
      slow.write('ab');
      setTimeout(() => slow.end('cd'), TIMEOUT_MS * 3);
    });
    // Fastify takes no body without a parser.
    expect(status).toBe(platform === 'express' ? 201 : 415);
  });

  const codec = (what: keyof RecordCodec): RecordCodec => ({
    encode: (record, slot) => (what === 'encode' ? stuck(envelope.encode(record, slot)) : envelope.encode(record, slot)),
    decode: (bytes, slot) => (what === 'decode' ? stuck(envelope.decode(bytes, slot)) : envelope.decode(bytes, slot)),
  });

  it('a codec that encodes lets the answer leave, and buries what ran', async () => {
    const open = await start({ codec: codec('encode') });
    expect(shown(await open.ask('/pay'))).toEqual([201, '{"paid":1}', false]);
    expect(open.faults()).toContainEqual(told('codec', 'codec.encode'));
    const retry = await open.ask('/pay');
    expect([retry.status, JSON.parse(retry.text)]).toEqual([409, expect.objectContaining({ reason: 'answer-not-kept' })]);
    expect(open.till.runs).toBe(1);
  });

  it('a codec that decodes tells the client to come again', async () => {
    const open = await start({ codec: codec('decode') });
    await open.ask('/pay');
    const again = await open.ask('/pay');
    expect([again.status, JSON.parse(again.text)]).toEqual([503, expect.objectContaining({ reason: 'store-unavailable' })]);
    expect(open.faults()).toContainEqual(told('codec', 'codec.decode'));
    isStuck = false;
    expect([shown(await open.ask('/pay')), open.till.runs]).toEqual([[201, '{"paid":1}', true], 1]);
  });
});
