/** Values and failures that nobody rendered, as records and back. */
import { expect, it } from '@jest/globals';
import {
  BadRequestException,
  ForbiddenException as NestsForbidden,
  HttpException,
  PayloadTooLargeException,
  UnprocessableEntityException,
} from '@nestjs/common';
import type { UnrenderedRecord } from '@nestjs-idempotency/core';
import { givenAgain, recordOfError, recordOfValue } from './unrendered.js';

const around = { fingerprint: 'print', status: 202, headers: [['x-total', '7']] as const, maxBytes: 1_000 };

it.each<[string, unknown]>([
  ['an object', { paid: true, lines: [1, null] }],
  ['text', 'paid'],
  ['null', null],
  ['nothing', undefined],
  ['zero', 0],
])('%s comes back, with status and headers', (_, value) => {
  const record = recordOfValue(value, around) as UnrenderedRecord;
  expect(record).toMatchObject({ kind: 'value', fingerprint: 'print', form: 'http' });
  const again = givenAgain(record);
  expect(again).toMatchObject({ status: 202, headers: [['x-total', '7']] });
  expect(again?.give()).toEqual(value);
});

const unseeable = new Proxy(
  {},
  {
    ownKeys: () => {
      throw new Error('no');
    },
  },
);

it.each<[string, unknown]>([
  [
    'an instance',
    new (class Card {
      number = '4242';
    })(),
  ],
  ['a date', new Date(0)],
  ['what cannot be looked at', unseeable],
  ['what is too long', 'x'.repeat(2_000)],
])('%s is no record', (_, value) => {
  expect(recordOfValue(value, around)).toBeUndefined();
});

it.each([
  ['text', new UnprocessableEntityException('no funds')],
  ['an object', new HttpException({ reason: 'no funds' }, 402)],
  ['nothing', new PayloadTooLargeException()],
  ['an error code', new BadRequestException('odd', { errorCode: 'E1' })],
])('an exception of Nest with %s comes back as it was', (_, error) => {
  const record = recordOfError(error, around) as UnrenderedRecord;
  const again = givenAgain(record);
  expect([again?.status, again?.headers]).toEqual([undefined, [['x-total', '7']]]);
  let thrown: HttpException | undefined;
  try {
    again?.give();
  } catch (caught) {
    thrown = caught as HttpException;
  }
  expect(thrown).toBeInstanceOf(error.constructor);
  const seen = (one: HttpException): unknown => [
    one.getStatus(),
    one.getResponse(),
    one.name,
    one.message,
    (one as { errorCode?: unknown }).errorCode,
    Object.keys(one)
      .filter((key) => key !== 'options')
      .sort(),
  ];
  expect(thrown && seen(thrown)).toEqual(seen(error));
});

class ForbiddenException extends HttpException {}
class Declined extends UnprocessableEntityException {}

it.each<[string, unknown]>([
  ['an error', new Error('SECRET')],
  ['text', 'SECRET'],
  ['nothing', undefined],
  ['an exception of the application', new Declined('no')],
  ['one that is called as one of Nest', new ForbiddenException('no', 403)],
  ['one whose response is not JSON', new UnprocessableEntityException({ n: 1n })],
  [
    'one whose response runs in a circle',
    new HttpException(
      Object.assign(Object.create(null) as object, {
        get a() {
          return this;
        },
      }),
      400,
    ),
  ],
  ['one whose response cannot be looked at', new HttpException(unseeable, 400)],
  ['one with a cause, by which a filter may hide', new BadRequestException('no', { cause: new Error('SECRET') })],
  ['one that was given more', Object.assign(new NestsForbidden('no'), { card: '4242' })],
  ['one that is too long', new BadRequestException('x'.repeat(2_000))],
])('%s is no record', (_, error) => {
  expect(recordOfError(error, around)).toBeUndefined();
});

const value = (bytes: string, form = 'http'): UnrenderedRecord => ({
  kind: 'value',
  fingerprint: 'print',
  form,
  bytes: Buffer.from(bytes),
});

it.each<[string, UnrenderedRecord]>([
  ['of another form', value('{"status":200,"headers":[]}', 'graphql')],
  ['that is no JSON', value('{')],
  ['that is null', value('null')],
  ['without a status', value('{"headers":[]}')],
  ['with odd headers', value('{"status":200,"headers":[1]}')],
  [
    'of an exception that nobody knows',
    { kind: 'failure', fingerprint: 'print', name: 'NovelException', message: '', data: { status: 400, headers: [] } },
  ],
  [
    'of something of Nest that is no exception',
    { kind: 'failure', fingerprint: 'print', name: 'Logger', message: '', data: { status: 400, headers: [] } },
  ],
  ['of an exception without its data', { kind: 'failure', fingerprint: 'print', name: 'HttpException', message: '' }],
])('a record %s gives nothing', (_, record) => {
  expect(givenAgain(record)).toBeUndefined();
});
