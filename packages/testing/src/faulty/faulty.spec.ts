/** Trouble happens where it was ordered, and nowhere else. */
import { describe, expect, it } from '@jest/globals';
import { type IdempotencyStorage, MemoryLock, MemoryStorage, pair } from '@nestjs-idempotency/core';
import { storageContract } from '../contract/storage.js';
import { type Faulty, faulty } from './faulty.js';

const record = Uint8Array.of(1, 2, 3);

describe('a faulty storage', () => {
  it('without trouble is the storage: it fulfils the contract', async () => {
    const make = () => {
      const { port } = faulty(new MemoryStorage());
      return { connect: () => port };
    };
    for (const one of storageContract(make)) await one.run();
  });

  it('loses a request: the save rejects, and nothing is saved', async () => {
    const { port, troubles } = faulty(new MemoryStorage());
    troubles.next('save', 'lose-request');
    await expect(port.save('slot', record, 1_000)).rejects.toThrow('did not answer save');
    expect(await port.find('slot')).toBeUndefined();
    expect(await port.save('slot', record, 1_000)).toEqual({ kind: 'saved' });
    expect(troubles.calls).toEqual(['save', 'find', 'save']);
  });

  it('loses a reply: the save rejects, and is done', async () => {
    const { port, troubles } = faulty(new MemoryStorage());
    troubles.next('save', 'lose-reply');
    await expect(port.save('slot', record, 1_000)).rejects.toThrow('did not answer save');
    expect(await port.find('slot')).toEqual(record);
  });

  it('forgets: it answers as an empty one, and keeps what it has', async () => {
    const { port, troubles } = faulty(new MemoryStorage());
    await port.save('slot', record, 1_000);
    troubles.next('find', 'forget', 2);
    expect(await port.find('slot')).toBeUndefined();
    expect(await port.find('slot')).toBeUndefined();
    expect(await port.find('slot')).toEqual(record);
  });

  it('stalls a call until it is told to go on', async () => {
    const { port, troubles } = faulty(new MemoryStorage());
    const gate = deferred();
    troubles.next('save', { stall: gate.promise });
    const saving = port.save('slot', record, 1_000);
    expect(await port.find('slot')).toBeUndefined();
    gate.resolve(undefined);
    expect(await saving).toEqual({ kind: 'saved' });
    expect(await port.find('slot')).toEqual(record);
  });

  it('fails always, except where something else was ordered, until it is healed', async () => {
    const { port, troubles } = faulty(pair(new MemoryStorage(), new MemoryLock()));
    const lease = { slot: 's', fingerprint: 'f', token: 't' };
    troubles.always((call) => (call === 'renew' ? undefined : 'lose-request'));
    troubles.next('open', 'forget');
    expect(await port.open(lease, 1_000, 1_000)).toEqual({ claim: { kind: 'won', attempt: 1 } });
    await expect(port.open(lease, 1_000, 1_000)).rejects.toThrow('did not answer open');
    expect(await port.renew(lease, 1_000)).toBe('lost');
    troubles.heal();
    expect(await port.open(lease, 1_000, 1_000)).toEqual({ claim: { kind: 'won', attempt: 1 } });
  });
});

function deferred(): { promise: Promise<unknown>; resolve(value: unknown): void } {
  let resolve!: (value: unknown) => void;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}

it.each<[string, (made: Faulty<IdempotencyStorage>) => unknown, string]>([
  ['a call that is misspelt', ({ troubles }) => troubles.next('sve' as 'save', 'forget'), 'did you mean `save`?'],
  ['a call of another port', ({ troubles }) => troubles.next('acquire' as 'save', 'forget'), 'no call `acquire`'],
  ['a trouble that is misspelt', ({ troubles }) => troubles.next('save', 'lose-repyl' as 'forget'), "did you mean 'lose-reply'?"],
  ['no times', ({ troubles }) => troubles.next('save', 'forget', 0), '`times` must be a whole number from 1; it is 0.'],
  ['a choice that is none', ({ troubles }) => troubles.always('forget' as never), 'always() takes a function'],
])('refuses an order of %s', (_, order, words) => {
  expect(() => order(faulty<IdempotencyStorage>(new MemoryStorage()))).toThrow(words);
});

it.each<[string, unknown, string]>([
  ['nothing', undefined, 'undefined.'],
  ['an object', {}, 'an object.'],
  ['a promise', Promise.resolve(new MemoryStorage()), 'a promise, which must be awaited.'],
  ['a class', MemoryStorage, 'a class.'],
])('refuses what is no store: %s', (_, given, words) => {
  expect(() => faulty(given as object)).toThrow(`faulty takes a storage, a lock or a backend; it was given ${words}`);
});
