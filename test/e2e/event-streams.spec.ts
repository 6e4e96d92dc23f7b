/** Protected event streams: they flow as they are made, are never kept, and their handler never runs again under their key. */
import { request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Injectable, type MessageEvent, RequestMethod, Sse } from '@nestjs/common';
import { IdempotencyKey } from 'nestjs-idempotency';
import { Observable } from 'rxjs';
import { until } from './orders.js';
import { closeAll, run } from './running.js';
import { send } from './send.js';
import { PLATFORMS } from './serve.js';

@Injectable()
class Progress {
  runs = 0;
  /** Nobody listens to it any more. */
  isLeft = false;
  /** Lets the charge end. */
  end = (): void => undefined;
}

@Controller()
class ProgressController {
  constructor(private readonly progress: Progress) {}

  @Sse('charge', { method: RequestMethod.POST })
  @IdempotencyKey()
  charge(): Observable<MessageEvent> {
    return new Observable((subscriber) => {
      this.progress.runs += 1;
      subscriber.next({ data: { step: 'reserved' } });
      this.progress.end = () => {
        subscriber.next({ data: { step: 'charged' } });
        subscriber.complete();
      };
      return () => (this.progress.isLeft = true);
    });
  }
}

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  const open = async () => {
    const progress = new Progress();
    const providers = [{ provide: Progress, useValue: progress }];
    const running = await run(platform, { profile: 'ietf', shutdownMs: 50 }, { controllers: [ProgressController], providers });
    return { ...running, progress };
  };

  /** Asks for the stream; what has come of it so far, and its end. */
  function listen(port: number, signal?: AbortSignal) {
    const came = { text: '', isOver: false };
    const headers = { 'idempotency-key': 'k', accept: 'text/event-stream' };
    const asked = request(
      { port, path: '/charge', method: 'POST', headers, agent: false, ...(signal && { signal }) },
      (answer) => {
        answer.setEncoding('utf8').on('data', (text: string) => (came.text += text));
        answer.on('close', () => (came.isOver = true)).on('error', () => undefined);
      },
    );
    asked.on('error', () => undefined).end();
    return came;
  }

  it('an event reaches its client before the handler has ended, and a retry is refused', async () => {
    const { port, progress, events } = await open();
    const came = listen(port);
    await until(() => came.text.includes('reserved'));
    expect([came.isOver, (await send(port, '/charge', { key: 'k', body: null })).status]).toEqual([false, 409]);
    progress.end();
    await until(() => came.isOver);
    expect(came.text).toContain('charged');
    await until(() => events.filter(({ kind }) => kind === 'request').length === 2);
    const retry = await send(port, '/charge', { key: 'k', body: null });
    expect([retry.status, JSON.parse(retry.text)]).toMatchObject([409, { reason: 'answer-not-kept' }]);
    expect(progress.runs).toBe(1);
  });

  it('a client that leaves does not stop the handler, which does not run again', async () => {
    const { port, progress, events } = await open();
    const leaving = new AbortController();
    const came = listen(port, leaving.signal);
    await until(() => came.text.includes('reserved'));
    leaving.abort();
    await until(() => came.isOver);
    expect((await send(port, '/charge', { key: 'k', body: null })).status).toBe(409);
    progress.end();
    await until(() => events.filter(({ kind }) => kind === 'request').length === 2);
    expect((await send(port, '/charge', { key: 'k', body: null })).text).toContain('answer-not-kept');
    expect(progress.runs).toBe(1);
  });

  it('does not outlive its application, where its client has left and it has no end', async () => {
    const { app, port, progress } = await open();
    const leaving = new AbortController();
    const came = listen(port, leaving.signal);
    await until(() => came.text.includes('reserved'));
    leaving.abort();
    await until(() => came.isOver);
    expect(progress.isLeft).toBe(false);
    await app.close();
    expect(progress.isLeft).toBe(true);
  });
});
