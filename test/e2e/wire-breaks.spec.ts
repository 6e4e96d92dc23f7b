/** Answers that are too long, break, or have nobody to go to: they run once, and the key is never stuck. */
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { timeout, type Observable } from 'rxjs';
import { isSent } from './nest.js';
import { ask, type Seen } from './wire/ask.js';
import { BreaksController, course } from './wire/breaks.controller.js';
import { PLATFORMS, start, type Running } from './wire/platforms.js';
import { shop } from './wire/shop.js';

/** Gives up on a handler at once when the client asks for it. */
@Injectable()
class Impatient implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['x-impatient'] === undefined ? next.handle() : next.handle().pipe(timeout(20));
  }
}

describe.each(PLATFORMS)('on %s', (platform) => {
  const sent = (...routes: string[]): string[] => routes.filter((route) => isSent(route, platform));
  let plain: Running;
  let running: Running;

  beforeAll(async () => {
    plain = await start(platform, shop(BreaksController, undefined, Impatient));
    running = await start(platform, shop(BreaksController, { maxBodyBytes: 100_000, waitMs: 0 }, Impatient));
  });

  afterAll(async () => {
    await plain.close();
    await running.close();
  });

  beforeEach(() => {
    course.runs = 0;
    course.go();
  });

  /** Asks again until nobody is running any more. */
  async function settled(route: string, headers: Record<string, string>): Promise<Seen> {
    for (let i = 0; i < 400; i++) {
      const seen = await ask(`${running.url}/${route}`, headers);
      if (seen.status !== 423) return seen;
      await sleep(10);
    }
    throw new Error(`The key of ${route} is stuck.`);
  }

  it.each(sent('long-object', 'long-file', 'long-generator'))(
    '%s: an answer over the limit leaves whole, and its handler never runs again',
    async (route) => {
      const headers = { 'idempotency-key': randomUUID() };
      const bare = await ask(`${plain.url}/${route}`);
      course.runs = 0;
      const first = await ask(`${running.url}/${route}`, headers);
      expect(first.body.equals(bare.body)).toBe(true);
      expect(first.status).toBe(bare.status);
      const again = await settled(route, headers);
      expect(again.status).toBeGreaterThanOrEqual(400);
      expect(course.runs).toBe(1);
    },
  );

  it.each(sent('failing-file', 'failing-generator', 'failing-web-stream'))(
    '%s: a stream that breaks is no answer, and its handler never runs again',
    async (route) => {
      const headers = { 'idempotency-key': randomUUID() };
      await expect(ask(`${running.url}/${route}`, headers)).rejects.toMatchObject({ code: 'ECONNRESET' });
      const again = await settled(route, headers);
      expect(again.status).toBeGreaterThanOrEqual(400);
      expect(course.runs).toBe(1);
    },
  );

  /** Starts a request, leaves once its handler runs, and lets the handler go on when the server knows. */
  async function leave(route: string, headers: Record<string, string>): Promise<void> {
    course.halt();
    const asked = request(`${running.url}/${route}`, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', ...headers },
    });
    asked.on('error', () => undefined);
    asked.end('{"name":"Ada"}');
    await course.arrived;
    const before = await connections();
    asked.destroy();
    while ((await connections()) >= before) await sleep(5);
    course.go();
  }

  function connections(): Promise<number> {
    const server = running.app.getHttpServer() as { getConnections(told: (error: Error | null, count: number) => void): void };
    return new Promise((resolve, reject) => {
      server.getConnections((error, count) => {
        if (error === null || error === undefined) resolve(count);
        else reject(error);
      });
    });
  }

  it.each(['slow', 'slow-observable', 'torn-down'])(
    '%s: what the handler returned after its client left is the answer of the retry',
    async (route) => {
      const headers = { 'idempotency-key': randomUUID() };
      await leave(route, headers);
      const retry = await settled(route, headers);
      expect([retry.status, retry.body.toString()]).toEqual([201, '{"run":1}']);
      expect(course.runs).toBe(1);
    },
  );

  it.each(sent('slow-file', 'slow-generator'))(
    '%s: a stream that nobody was left to read is whole or is no answer, and never runs again',
    async (route) => {
      const headers = { 'idempotency-key': randomUUID() };
      await leave(route, headers);
      const retry = await settled(route, headers);
      if (retry.status === 201) expect(retry.body).toHaveLength(30_000);
      else expect(retry.status).toBeGreaterThanOrEqual(400);
      expect(course.runs).toBe(1);
    },
  );

  it.each(['slow', 'slow-observable'])(
    '%s: an outer timeout answers its client, and the handler answers the retry',
    async (route) => {
      const headers = { 'idempotency-key': randomUUID() };
      course.halt();
      const first = await ask(`${running.url}/${route}`, { ...headers, 'x-impatient': 'yes' });
      expect(first.status).toBe(500);
      course.go();
      const retry = await settled(route, headers);
      const bare = await ask(`${plain.url}/${route}`);
      expect(retry.status).toBe(bare.status);
      expect(retry.body).toHaveLength(bare.body.length);
      expect(retry.headers.filter(([name]) => name === 'content-type')).toEqual(
        bare.headers.filter(([name]) => name === 'content-type'),
      );
      expect(course.runs).toBe(2);
    },
  );

  it.each(['slow-file', 'failing-file', 'long-file'])(
    '%s: an outer timeout answers its client, and nothing is left of an answer that cannot be kept',
    async (route) => {
      const headers = { 'idempotency-key': randomUUID() };
      course.halt();
      await ask(`${running.url}/${route}`, { ...headers, 'x-impatient': 'yes' });
      course.go();
      const retry = await settled(route, headers);
      expect(retry.status).toBeGreaterThanOrEqual(400);
      expect(course.runs).toBe(1);
    },
  );
});
