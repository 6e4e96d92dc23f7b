/** A turn inside a transaction: what it asks of the store, and when it must be undone. */
import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../test/manual-clock.js';
import type { Attempt } from './attempt.js';
import { envelope } from './codec.js';
import { Engine } from './engine.js';
import { IdempotencyExpiredError } from './errors.js';
import type { Fault } from './faults.js';
import { MemoryLock } from './memory/lock.js';
import { MemoryStorage } from './memory/storage.js';
import { pair } from './pair.js';
import type { IdempotencyBackend } from './ports.js';
import type { KeptRecord } from './record.js';
import { RolledBack, TransactionalAttempt } from './transaction.js';
import type { Terms } from './turn.js';

const recordOf = (text: string): KeptRecord => ({
  kind: 'answer',
  fingerprint: 'asked',
  answer: { status: 201, headers: [], body: Buffer.from(text) },
});

function begin(manual = false) {
  const clock = new ManualClock();
  const lock = new MemoryLock({ clock });
  const lease = { slot: 'slot', fingerprint: 'asked', token: 't' };
  const storage = new MemoryStorage({ clock });
  const faults: Fault[] = [];
  const means = {
    backend: pair(storage, lock),
    codec: envelope,
    clock,
    onFault: (fault: Fault) => faults.push(fault),
  };
  const attempt = new TransactionalAttempt(means, lease, 60_000, undefined, manual);
  const holds = async () => envelope.decode((await storage.find('slot')) ?? new Uint8Array(), 'slot');
  const write = async (text: string) => storage.save('slot', await envelope.encode(recordOf(text), 'slot'), 60_000);
  const claim = (token: string) => lock.acquire({ ...lease, token }, 100, 60_000);
  return { attempt, clock, faults, holds, write, claim };
}

describe('an attempt in a transaction', () => {
  it('is undone unless it kept something', async () => {
    const { attempt } = begin();
    expect(attempt.isUndone).toBe(true);
    await expect(attempt.keep(recordOf('mine'))).resolves.toEqual({ kind: 'kept' });
    expect(attempt.isUndone).toBe(false);
  });

  it('is undone when it is given up or abandoned, also after it kept something', async () => {
    const [one, other] = [begin(), begin()];
    await one.attempt.keep(recordOf('mine'));
    await one.attempt.giveUp();
    expect(one.attempt.isUndone).toBe(true);
    await other.attempt.keep(recordOf('mine'));
    other.attempt.abandon();
    expect(other.attempt.isUndone).toBe(true);
  });

  it('is undone, tells so and is given the record that was first where another was', async () => {
    const { attempt, faults, holds, write } = begin();
    await write('first');
    await expect(attempt.keep(recordOf('mine'))).resolves.toEqual({ kind: 'superseded', record: await holds() });
    expect(attempt.isUndone).toBe(true);
    expect(faults).toEqual([{ kind: 'superseded', slot: 'slot', attempt: 1 }]);
  });

  it('puts its record in the place of another in manual mode', async () => {
    const { attempt, holds, write, claim } = begin(true);
    await write('first');
    await claim('t');
    await expect(attempt.keep(recordOf('mine'))).resolves.toEqual({ kind: 'kept' });
    expect(attempt.isUndone).toBe(false);
    expect(await holds()).toEqual(recordOf('mine'));
  });

  it('is undone in manual mode where another took its slot', async () => {
    const { attempt, clock, faults, holds, write, claim } = begin(true);
    await claim('t');
    clock.stop(100);
    await claim('successor');
    await write('first');
    await expect(attempt.keep(recordOf('mine'))).resolves.toEqual({ kind: 'superseded', record: await holds() });
    expect(attempt.isUndone).toBe(true);
    expect(faults).toEqual([{ kind: 'superseded', slot: 'slot', attempt: 1 }]);
  });
});

it('what leaves a transaction to be rolled back says so to whoever sees it in a log', () => {
  const error = new RolledBack('answered');
  expect([error.name, error.message, error.answered]).toEqual([
    'RolledBack',
    'The attempt was given up; its transaction is rolled back.',
    'answered',
  ]);
});

describe('a turn in a transaction that is not over in time', () => {
  function transactional() {
    const clock = new ManualClock();
    const faults: Fault[] = [];
    const plain = pair(new MemoryStorage({ clock }), new MemoryLock({ clock }));
    let joined = true;
    const backend: IdempotencyBackend = { ...plain, transaction: (work) => work(), joined: () => joined };
    const engine = new Engine(backend, { clock, onFault: (fault) => faults.push(fault) });
    const asked = { slot: 'slot', fingerprint: 'asked' };
    return { clock, faults, engine, backend, asked, unused: () => (joined = false) };
  }
  const terms: Terms = {
    leaseMs: 30_000,
    keepMs: 60_000,
    waitMs: 0,
    holdAtMostMs: 300,
    transactional: true,
    manual: false,
    afterLapse: 'reexecute',
  };

  it('rejects, fires its signal, is told of, and keeps nothing that comes later', async () => {
    const { clock, faults, engine, backend, asked } = transactional();
    let attempt: Attempt | undefined;
    const running = engine.run(asked, terms, (turn) => {
      if (turn.kind === 'execute') attempt = turn.attempt;
      return new Promise<never>(() => undefined);
    });
    const rejected = expect(running).rejects.toThrow(IdempotencyExpiredError);
    await new Promise(setImmediate);
    expect(attempt?.signal.aborted).toBe(false);
    await clock.pass(300);
    await rejected;
    expect(attempt?.signal.aborted).toBe(true);
    expect(faults).toEqual([{ kind: 'expired', slot: 'slot' }]);
    await expect(attempt?.keep(recordOf('late'))).rejects.toThrow(IdempotencyExpiredError);
    expect((await backend.open({ ...asked, token: 'next' }, 1, 1, true)).record).toBeUndefined();
  });

  it('is told of where the handler succeeded without its transaction, and only then', async () => {
    const { faults, engine, asked, unused } = transactional();
    const run = (slot: string) =>
      engine.run({ ...asked, slot }, terms, async (turn) => {
        if (turn.kind === 'execute') await turn.attempt.keep(recordOf('mine'));
      });
    await run('slot');
    unused();
    await run('slot');
    expect(faults).toEqual([]);
    await run('other');
    expect(faults).toEqual([{ kind: 'transaction-unused', slot: 'other' }]);
  });
});
