/** What a handler returned when nobody could be answered: it is kept as it would have left. */
import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { from, last, mergeMap, type Observable } from 'rxjs';
import { listedHeaders } from '../../packages/nestjs/src/settings/listed-headers.js';
import { replay } from '../../packages/nestjs/src/wire/replay.js';
import { serialise } from '../../packages/nestjs/src/unsent/serialise.js';
import { AnswersController, rewind } from './wire/answers.controller.js';
import { ask, type Seen } from './wire/ask.js';
import { PLATFORMS, start, type Running } from './wire/platforms.js';
import { shop } from './wire/shop.js';

const keeps = listedHeaders(['x-app']);

/** Answers with what `serialise` makes of the handler's value; status 299 where it makes none. */
@Injectable()
class Unsent implements NestInterceptor {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const made = async (value: unknown): Promise<void> => {
      const captured = await serialise(this.host.httpAdapter, context, value, { maxBodyBytes: 1024 * 1024, keeps });
      const none = { status: 299, headers: [], body: Buffer.from(captured.kind) };
      const answer = captured.kind === 'answer' ? captured.answer : none;
      await replay(context, answer, answer.status, [], keeps);
    };
    return next.handle().pipe(
      last(),
      mergeMap((value) => from(made(value))),
    );
  }
}

const ROUTES = [
  'object',
  'array',
  'string',
  'empty-string',
  'number',
  'zero',
  'false',
  'null',
  'nothing',
  'no-content',
  'reset-content',
  'http-code',
  'buffer',
  'typed-array',
  'file',
  'file-of-stream',
  'node-stream',
  'web-stream',
  'web-response',
  'web-response-empty',
  'generator',
  'generator-of-objects',
  'passthrough',
  'headers',
  'redirect',
  'redirect-chosen',
  'observable',
  'observable-many',
  'large',
];

describe.each(PLATFORMS)('on %s', (platform) => {
  let plain: Running;
  let unsent: Running;

  beforeAll(async () => {
    plain = await start(platform, shop(AnswersController));
    unsent = await start(platform, shop(AnswersController, undefined, Unsent));
  });

  afterAll(async () => {
    await plain.close();
    await unsent.close();
  });

  async function first(running: Running, route: string): Promise<unknown> {
    rewind();
    const { status, headers, body }: Seen = await ask(`${running.url}/${route}`);
    const kept = headers.filter(([name]) => keeps(name)).map(([name, value]) => `${name}: ${value}`);
    return { status, headers: kept.sort(), body: body.toString('latin1') };
  }

  it.each(ROUTES)('%s', async (route) => {
    expect(await first(unsent, route)).toEqual(await first(plain, route));
  });

  it('a template is rendered where that needs no client', async () => {
    const made = await first(unsent, 'render');
    expect(made).toEqual(
      platform === 'express' ? await first(plain, 'render') : expect.objectContaining({ status: 299, body: 'broken' }),
    );
  });
});
