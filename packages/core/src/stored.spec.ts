/** A codec of the application's that does what it should not: nothing is run over, and nothing fails for ever. */
import { ManualClock } from '../test/manual-clock.js';
import { envelope } from './codec.js';
import { Engine } from './engine.js';
import { IdempotencyUnavailableError } from './errors.js';
import type { Fault } from './faults.js';
import { MemoryLock } from './memory/lock.js';
import { MemoryStorage } from './memory/storage.js';
import { pair } from './pair.js';
import type { KeptRecord, ReadRecord, RecordCodec } from './record.js';
import type { Terms, Turn } from './turn.js';

const identity = { slot: 'slot', fingerprint: 'asked' };
const terms: Terms = {
  manual: false,
  afterLapse: 'reexecute',
  leaseMs: 300,
  keepMs: 60_000,
  waitMs: 0,
  holdAtMostMs: 3_000,
  transactional: false,
};
const recordOf = (text: string): KeptRecord => ({
  kind: 'answer',
  fingerprint: 'asked',
  answer: { status: 201, headers: [], body: Buffer.from(text) },
});
const broken = new Error('broken');

function setUp(codec: Partial<RecordCodec>) {
  const clock = new ManualClock();
  const storage = new MemoryStorage({ clock });
  const faults: Fault[] = [];
  const outcomes: string[] = [];
  const backend = {
    ...pair(storage, new MemoryLock({ clock })),
    transaction: async <T>(work: () => Promise<T>): Promise<T> => {
      try {
        const result = await work();
        outcomes.push('commit');
        return result;
      } catch (error) {
        outcomes.push('rollback');
        throw error;
      }
    },
  };
  const engine = new Engine(backend, { clock, codec: { ...envelope, ...codec }, onFault: (fault) => faults.push(fault) });
  const kinds = () => faults.map((fault) => (fault.kind === 'callback-failed' ? `${fault.callback} failed` : fault.kind));
  return { clock, engine, storage, faults, kinds, outcomes };
}

const keep =
  (text: string) =>
  async (turn: Turn): Promise<string> => {
    if (turn.kind === 'execute' || turn.kind === 'render') return (await turn.attempt.keep(recordOf(text))).kind;
    return turn.kind === 'replay' ? Buffer.from(turn.answer.body).toString() : turn.reason;
  };

describe('a record that its codec makes nonsense of', () => {
  const thrower = (): never => {
    throw broken;
  };
  it.each<[string, () => unknown]>([
    ['it throws', thrower],
    ['it rejects', () => Promise.reject(broken)],
    ['it gives null', () => null],
    ['it promises rubbish', () => Promise.resolve({ kind: 'answer', fingerprint: 'asked', answer: { status: '200' } })],
    ['it gives what throws when it is looked at', () => new Proxy({}, { get: thrower })],
  ])('is unreadable where %s: neither replayed nor run over, on any route', async (_, decode) => {
    const { engine, storage } = setUp({ decode: decode as () => ReadRecord });
    await storage.save('slot', Buffer.from('{'), 60_000);
    for (const how of [terms, { ...terms, manual: true }, { ...terms, transactional: true }])
      for (let tries = 0; tries < 2; tries++) expect(await engine.run(identity, how, keep('mine'))).toBe('unreadable');
    expect(Buffer.from((await storage.find('slot')) ?? []).toString()).toBe('{');
  });

  it('is told of, with what the codec threw', async () => {
    const { engine, storage, faults } = setUp({ decode: thrower });
    await storage.save('slot', Buffer.from('{'), 60_000);
    await engine.run(identity, terms, keep('mine'));
    expect(faults).toEqual([
      { kind: 'callback-failed', callback: 'codec', slot: 'slot', cause: broken },
      { kind: 'unreadable', slot: 'slot' },
    ]);
  });

  it('is given to a late holder as unreadable', async () => {
    const { engine, storage } = setUp({ decode: thrower });
    const kept = await engine.run(identity, terms, async (turn) => {
      await storage.save('slot', Buffer.from('{'), 60_000);
      return turn.kind === 'execute' ? turn.attempt.keep(recordOf('mine')) : undefined;
    });
    expect(kept).toEqual({ kind: 'superseded', record: { kind: 'unreadable' } });
  });

  it('is asked for again where the codec says that it cannot be asked', async () => {
    const away = new IdempotencyUnavailableError('The key server is away.');
    let isAway = true;
    const { engine } = setUp({
      decode: (bytes, slot) => (isAway ? Promise.reject(away) : envelope.decode(bytes, slot)),
    });
    await engine.run(identity, terms, keep('first'));
    await expect(engine.run(identity, terms, keep('second'))).rejects.toBe(away);
    isAway = false;
    expect(await engine.run(identity, terms, keep('second'))).toBe('first');
  });
});

describe('a record that its codec cannot write down', () => {
  const failing = (atMost = Infinity) => {
    let left = atMost;
    return setUp({
      encode: (record, slot) => {
        if (left-- > 0) throw broken;
        return envelope.encode(record, slot);
      },
    });
  };

  it('leaves a tombstone: what was done is not done again', async () => {
    const { engine, kinds, clock } = failing(1);
    expect(await engine.run(identity, terms, keep('first'))).toBe('unkept');
    await clock.pass(terms.leaseMs);
    expect(await engine.run(identity, terms, keep('second'))).toBe('unkept');
    expect(kinds()).toEqual(['codec failed']);
    expect(engine.running).toBe(0);
  });

  it('leaves a plain tombstone where the codec writes down nothing at all', async () => {
    const { engine, storage, kinds } = failing();
    expect(await engine.run(identity, terms, keep('first'))).toBe('unkept');
    const stored = (await storage.find('slot')) ?? new Uint8Array(0);
    expect(await envelope.decode(stored, 'slot')).toEqual({ kind: 'tombstone', fingerprint: 'asked', loss: 'unkept' });
    expect(await engine.run(identity, terms, keep('second'))).toBe('unkept');
    expect(kinds()).toEqual(['codec failed', 'codec failed']);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'record'],
    ['a promise of an array', Promise.resolve([1, 2])],
  ])('is also one that it writes down as %s', async (_, bytes) => {
    const { engine, storage } = setUp({ encode: () => bytes as Uint8Array });
    expect(await engine.run(identity, terms, keep('first'))).toBe('unkept');
    expect(await storage.find('slot')).toBeDefined();
  });

  it('gives its holder the record that was first all the same', async () => {
    const { engine, storage } = failing(1);
    const kept = await engine.run(identity, terms, async (turn) => {
      await storage.save('slot', await envelope.encode(recordOf('first'), 'slot'), 60_000);
      return turn.kind === 'execute' ? turn.attempt.keep(recordOf('mine')) : undefined;
    });
    expect(kept).toEqual({ kind: 'superseded', record: recordOf('first') });
  });

  it('takes nothing from a manual handler, nor from what is to be rendered, and hands the slot back', async () => {
    for (const before of [
      recordOf('before'),
      { kind: 'value', fingerprint: 'asked', form: 'json', bytes: Buffer.of(49) } as const,
    ]) {
      const { engine, storage } = failing(1);
      const bytes = await envelope.encode(before, 'slot');
      await storage.save('slot', bytes, 60_000);
      const how = { ...terms, manual: before.kind === 'answer' };
      expect(await engine.run(identity, how, keep('mine'))).toBe('unkept');
      expect(await storage.find('slot')).toEqual(bytes);
      expect(await engine.run(identity, how, keep('next'))).toBe('kept');
    }
  });

  it('commits a tombstone with the effect in a transaction, and undoes what would have replaced a record', async () => {
    const { engine, storage, outcomes } = failing(1);
    expect(await engine.run(identity, { ...terms, transactional: true }, keep('first'))).toBe('unkept');
    expect(await engine.run(identity, terms, keep('second'))).toBe('unkept');
    expect(outcomes).toEqual(['commit']);
    expect(await storage.find('slot')).toBeDefined();
    const manual = failing(1);
    const replacing = manual.engine.run(identity, { ...terms, transactional: true, manual: true }, keep('first'));
    await expect(replacing).rejects.toThrow('rolled back');
    expect(manual.outcomes).toEqual(['rollback']);
  });
});

describe('what kept a request from its turn', () => {
  it('is a store that could not be asked, with what it said inside', async () => {
    const { engine } = setUp({});
    const down = new Error('ECONNREFUSED');
    const backend = { ...pair(new MemoryStorage(), new MemoryLock()), open: () => Promise.reject(down) };
    const failed = new Engine(backend).run(identity, terms, keep('mine'));
    await expect(failed).rejects.toMatchObject({ name: 'IdempotencyUnavailableError', cause: down });
    expect(engine.running).toBe(0);
  });

  it('is a conflict where the store says so, at the look and where the transaction cannot begin, and no fault', async () => {
    const lost = new Error('40001');
    const faults: Fault[] = [];
    const isConflict = (error: unknown) => error === lost;
    const real = pair(new MemoryStorage(), new MemoryLock());
    const options = { onFault: (fault: Fault) => faults.push(fault) };
    const looking = new Engine({ ...real, open: () => Promise.reject(lost), isConflict }, options);
    const beginning = new Engine({ ...real, transaction: () => Promise.reject(lost), isConflict }, options);
    const expected = { name: 'IdempotencyConflictError', cause: lost };
    await expect(looking.run(identity, terms, keep('mine'))).rejects.toMatchObject(expected);
    await expect(beginning.run(identity, { ...terms, transactional: true }, keep('mine'))).rejects.toMatchObject(expected);
    expect(faults).toEqual([]);
  });

  it('is none of these once it had its turn: what the turn or the commit threw goes up as it is', async () => {
    const { engine } = setUp({});
    await expect(engine.run(identity, terms, () => Promise.reject(broken))).rejects.toBe(broken);
    const uncommitted = new Engine({
      ...pair(new MemoryStorage(), new MemoryLock()),
      transaction: async (work) => {
        await work();
        throw broken;
      },
    });
    await expect(uncommitted.run(identity, { ...terms, transactional: true }, keep('mine'))).rejects.toBe(broken);
  });
});
