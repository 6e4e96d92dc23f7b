/** Keys, callers and bodies that broke other libraries, on both platforms. */
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ExecutionContext, ForbiddenException } from '@nestjs/common';
import { MemoryStorage } from '@nestjs-idempotency/core';
import { faulty, type Troubles } from '@nestjs-idempotency/testing';
import type { IdempotencyOptions, IdempotencyStorage } from 'nestjs-idempotency';
import { CONTROLLERS, Orders } from './orders.js';
import { closeAll, run, type Running } from './running.js';
import { type Asked, type Reply, send } from './send.js';
import { PLATFORMS } from './serve.js';

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  let orders: Orders;
  let running: Running;
  let troubles: Troubles<IdempotencyStorage>;

  const start = async (options: IdempotencyOptions = {}): Promise<void> => {
    orders = new Orders();
    const storage = faulty<IdempotencyStorage>(new MemoryStorage());
    troubles = storage.troubles;
    running = await run(
      platform,
      { storage: { use: storage.port }, ...options },
      {
        controllers: CONTROLLERS,
        providers: [{ provide: Orders, useValue: orders }],
        prepare: (app) => app.useGlobalGuards({ canActivate: refuseMallory }),
      },
    );
  };
  const post = (asked: Asked): Promise<Reply> => send(running.port, '/orders', asked);
  const statuses = async (...asked: Asked[]): Promise<number[]> => {
    const seen: number[] = [];
    for (const one of asked) seen.push((await post(one)).status);
    return seen;
  };
  beforeEach(() => start());

  it.each<[string, string | readonly string[] | undefined]>([
    ['is missing', undefined],
    ['is empty', ''],
    ['is white space', '   '],
    ['has 256 characters', 'k'.repeat(256)],
    ['has 300 characters', 'k'.repeat(300)],
    ['has 5,000 characters', 'k'.repeat(5_000)],
    ['holds a control character', 'a\tb'],
    ['is sent twice', ['a', 'b']],
    ['is sent twice with one value', ['a', 'a']],
  ])('answers 400 before anything is looked up when the key %s', async (_, key) => {
    const refused = await post({ key });
    expect(refused.status).toBe(400);
    expect(JSON.parse(refused.text)).toMatchObject({ reason: key === undefined ? 'key-missing' : 'key-invalid' });
    expect([orders.runs, troubles.calls]).toEqual([0, []]);
  });

  it.each([
    ['255 characters', 'k'.repeat(255)],
    ['Latin-1', 'clé-à-moi'],
    ['UTF-8', Buffer.from('鍵🔑').toString('latin1')],
    ['quotes', '"k"'],
    ['a comma and a semicolon', 'a, b;c'],
    ['a name of Object.prototype', '__proto__'],
    ['another one', 'constructor'],
    ['a pattern', '*'],
    ['a hash tag', '{slot}'],
    ['SQL', "'; drop table orders; --"],
  ])('takes a key of %s for that key and no other', async (_, key) => {
    await expect(statuses({ key }, { key }, { key: `${key.slice(1)}~` })).resolves.toEqual([201, 409, 201]);
  });

  it('answers 400, not 500, to keys that only a raw socket can send', async () => {
    for (const bytes of ['a\0b', 'a\x01b', 'a\x7fb', '\x1b[31m']) {
      expect(await sentRaw(running.port, `Idempotency-Key: ${bytes}\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect(await sentRaw(running.port, 'Idempotency-Key: a\r\nX: 1\r\nidempotency-KEY: b\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(orders.runs).toBe(0);
  });

  it('does not confuse a separator in a key, a scope or a path', async () => {
    await start({ scope: (request: { headers: Record<string, string> }) => request.headers['x-tenant'] });
    const asked = (tenant: string, key: string): Asked => ({ key, headers: { 'x-tenant': tenant } });
    await expect(
      statuses(
        asked('a', 'b:c'),
        asked('a:b', 'c'),
        asked('', 'a:b:c'),
        asked('a', 'b::c'),
        asked('a:', 'b:c'),
        asked('a', '1:b'),
      ),
    ).resolves.toEqual(Array(6).fill(201));
  });

  it('tells long paths apart, and keeps their answers under slots of one length', async () => {
    const at = async (last: string): Promise<unknown[]> => {
      const { status, text } = await send(running.port, `/orders?note=${'n'.repeat(5_000)}${last}`, { key: 'k' });
      return [status, text];
    };
    expect([await at('1'), await at('2'), await at('1')]).toEqual([
      [201, '{"order":1}'],
      [201, '{"order":2}'],
      [409, '{"order":1}'],
    ]);
    const slots = running.events.map((event) => event.kind === 'request' && event.slot?.length);
    expect(slots).toEqual([43, 43, 43]);
  });

  it("never gives one caller's answer to another", async () => {
    const as = (authorization: string): Asked => ({ key: 'k', headers: { authorization } });
    const alice = await post(as('Bearer alice'));
    const bob = await post(as('Bearer bob'));
    expect([alice.text, bob.text, bob.status]).toEqual(['{"order":1}', '{"order":2}', 201]);
    expect((await post(as('Bearer alice'))).text).toBe('{"order":1}');
  });

  it('lets the guards refuse a caller before the record is reached', async () => {
    const as = (user: string): Asked => ({ key: 'k', headers: { 'x-user': user } });
    await post(as('alice'));
    const calls = troubles.calls.length;
    expect((await post(as('mallory'))).status).toBe(403);
    expect(troubles.calls).toHaveLength(calls);
  });

  it('tells bodies apart by their `__proto__`, or refuses them, and pollutes nothing', async () => {
    const seen = await statuses(
      { key: 'k', body: '{"item":1,"__proto__":{"admin":true}}' },
      { key: 'k', body: '{"item":1,"__proto__":{"admin":false}}' },
      { key: 'k', body: '{"item":1}' },
    );
    expect(seen).toEqual(platform === 'express' ? [201, 201, 201] : [400, 400, 201]);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it.each(['classic', 'ietf'] as const)(
    'answers a body of 20,000 levels below 500 in the %s profile, and leaves its key free',
    async (profile) => {
      await start({ profile });
      const deep = '['.repeat(20_000) + ']'.repeat(20_000);
      const seen = await statuses({ key: 'k', body: deep }, { key: 'k', body: deep });
      for (const status of seen) expect(status).toBeLessThan(500);
      expect(seen).not.toContain(423);
      expect((await post({ key: 'k2' })).status).toBe(201);
    },
  );

  it('says nothing of keys, bodies and credentials in events and logs', async () => {
    await start({ storage: { storeOnStatuses: [201], use: new MemoryStorage() } });
    const secret: Asked = { key: 'SECRET-key', body: { SECRET: 'body' }, headers: { authorization: 'Bearer SECRET-credential' } };
    await statuses(secret, secret, { ...secret, key: 'SECRET\tkey' }, { ...secret, key: ['SECRET', 'SECRET'] });
    orders.thrown = { error: new Error('the handler failed') };
    await post({ ...secret, key: 'SECRET-failing' });
    expect(running.events.map((event) => event.kind === 'request' && event.outcome)).toEqual([
      'executed',
      'replayed',
      'key-invalid',
      'key-invalid',
      'released',
    ]);
    expect(JSON.stringify([running.events, running.logged])).not.toContain('SECRET');
  });
});

function refuseMallory(context: ExecutionContext): boolean {
  const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
  if (headers['x-user'] === 'mallory') throw new ForbiddenException();
  return true;
}

/** Posts with `headers` as they stand; settles with what came until the server closed. */
function sentRaw(port: number, headers: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let came = '';
    socket.on('data', (bytes) => (came += bytes.toString('latin1')));
    socket.on('close', () => {
      resolve(came);
    });
    socket.on('error', reject);
    socket.write(
      Buffer.from(`POST /orders HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: 0\r\n${headers}\r\n`, 'latin1'),
    );
  });
}
