/** A client of our own asks for the kind of address that its URL names, and says why it cannot connect. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import dns from 'node:dns';
import { createServer, type AddressInfo } from 'node:net';
import { readAddress } from './address.js';
import { RedisBackend } from './backend.js';
import { ownIoredis } from './own-ioredis.js';
import { ownNodeRedis } from './own-node-redis.js';

afterEach(() => {
  jest.restoreAllMocks();
});

async function portOfNobody(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.each([
  ['ioredis', ownIoredis],
  ['node-redis', ownNodeRedis],
])('made with %s', (_, own) => {
  it.each([0, 4, 6])('looks its host up for family %d', async (family) => {
    const lookup = jest.spyOn(dns, 'lookup');
    const asked = new Promise((resolve) => {
      lookup.mockImplementation(((_host: string, options: object, done: (error: Error) => void) => {
        resolve(options);
        done(new Error('no such host'));
      }) as never);
    });
    const client = await own(readAddress(`redis://nowhere.invalid?family=${String(family)}`), () => undefined);
    try {
      expect(await asked).toMatchObject({ family });
    } finally {
      await client.close();
    }
  });

  it('tells why it is down, once it has tried', async () => {
    const port = await portOfNobody();
    let fault!: (error: Error) => void;
    const faulted = new Promise<Error>((resolve) => (fault = resolve));
    const client = await own(readAddress(`redis://127.0.0.1:${String(port)}`), fault);
    try {
      await faulted;
      expect(client.whyDown?.()?.message).toBe(`connect ECONNREFUSED 127.0.0.1:${String(port)}`);
    } finally {
      await client.close();
    }
  });
});

it('a Redis that is down at the start is told by its address and what came of it', async () => {
  const port = await portOfNobody();
  const backend = new RedisBackend(`redis://:secret@127.0.0.1:${String(port)}`, { timeoutMs: 500, onFault: () => undefined });
  try {
    const where = `Redis at 127.0.0.1:${String(port)}`;
    const why = `connect ECONNREFUSED 127.0.0.1:${String(port)}`;
    expect(await backend.check()).toContain(`${where} could not be checked: ${why}`);
    const lease = { slot: 's', fingerprint: 'f', token: 't' };
    await expect(backend.open(lease, 1_000, 1_000)).rejects.toThrow(
      new RegExp(`^${where} (failed|did not answer in time): ${why}$`),
    );
  } finally {
    await backend.close();
  }
});
