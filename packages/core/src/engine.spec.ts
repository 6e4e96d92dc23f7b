/** Turns at a slot, on the reference adapters and a clock that moves when it is told to. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ManualClock, settled } from '../test/manual-clock.js';
import type { Attempt } from './attempt.js';
import { envelope } from './codec.js';
import { Engine, type EngineOptions } from './engine.js';
import type { Fault } from './faults.js';
import { MemoryLock } from './memory/lock.js';
import { MemoryStorage } from './memory/storage.js';
import { noLock, pair } from './pair.js';
import type { IdempotencyBackend, IdempotencyStorage } from './ports.js';
import type { Answer, KeptRecord } from './record.js';
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
const answerOf = (text: string): Answer => ({ status: 201, headers: [], body: Buffer.from(text) });
const recordOf = (text: string): KeptRecord => ({ kind: 'answer', fingerprint: 'asked', answer: answerOf(text) });

function setUp(options: EngineOptions = {}, around: (backend: IdempotencyBackend) => IdempotencyBackend = (backend) => backend) {
  const clock = new ManualClock();
  const storage = new MemoryStorage({ clock });
  const lock = new MemoryLock({ clock });
  const faults: Fault[] = [];
  const backend = pair(storage, lock);
  const engine = new Engine(around(backend), { clock, onFault: (fault) => faults.push(fault), ...options });
  return { clock, storage, lock, backend, engine, faults };
}

/** A turn as a word: the text of a replay, or the reason of a rejection. */
const said = (turn: Turn): string =>
  turn.kind === 'replay' ? Buffer.from(turn.answer.body).toString() : turn.kind === 'reject' ? turn.reason : 'execute';
const tell = (turn: Turn): Promise<string> => Promise.resolve(said(turn));

/** Runs a request whose handler ends when it is told to. */
function begin(engine: Engine, asked = identity, how = terms) {
  let attempt!: Attempt;
  let finish!: () => void;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const outcome = engine.run(asked, how, async (turn) => {
    if (turn.kind !== 'execute') return said(turn);
    attempt = turn.attempt;
    await finished;
    return 'ran';
  });
  return { outcome, finish, attempt: () => attempt };
}

const keep =
  (text: string) =>
  async (turn: Turn): Promise<string> =>
    turn.kind === 'execute' ? (await turn.attempt.keep(recordOf(text))).kind : said(turn);

describe('an engine', () => {
  it('executes once and replays what was kept', async () => {
    const { engine } = setUp();
    expect(await engine.run(identity, terms, keep('first'))).toBe('kept');
    expect(await engine.run(identity, terms, keep('second'))).toBe('first');
  });

  it('lets one of 50 run at once and tells the others that it is running, for how long at most', async () => {
    const { engine } = setUp();
    const turns: Turn[] = [];
    const all = Array.from({ length: 50 }, () =>
      engine.run(identity, terms, async (turn) => {
        turns.push(turn);
        await settled();
      }),
    );
    await Promise.all(all);
    expect(turns.filter(({ kind }) => kind === 'execute')).toHaveLength(1);
    expect(turns.filter((turn) => turn.kind === 'reject' && turn.reason === 'running' && turn.retryAfterMs === 300)).toHaveLength(
      49,
    );
  });

  it('runs again after an attempt was given up', async () => {
    const { engine } = setUp();
    await engine.run(identity, terms, async (turn) => turn.kind === 'execute' && turn.attempt.giveUp());
    expect(await engine.run(identity, terms, keep('second'))).toBe('kept');
    expect(engine.running).toBe(0);
  });

  it('refuses another request under the key while the first runs, and after', async () => {
    const { engine } = setUp();
    const other = { ...identity, fingerprint: 'other' };
    const first = begin(engine);
    await settled();
    expect(await engine.run(other, terms, tell)).toBe('mismatch');
    await first.attempt().keep(recordOf('first'));
    first.finish();
    expect(await engine.run(other, terms, tell)).toBe('mismatch');
    expect(await engine.run(identity, terms, tell)).toBe('first');
  });

  it('renews the lease while the handler runs, and stops every timer when it ends', async () => {
    const { engine, clock } = setUp();
    const first = begin(engine);
    await clock.pass(2_000);
    expect(await engine.run(identity, terms, tell)).toBe('running');
    await first.attempt().keep(recordOf('late'));
    first.finish();
    await first.outcome;
    expect(engine.running).toBe(0);
    // What is left are the sweeps of the storage and the lock.
    expect(clock.pending).toBe(2);
  });

  it('stops renewing for a handler that never ends, tells it so, and lets the key be used again', async () => {
    const { engine, clock, faults } = setUp();
    const endless = begin(engine);
    await settled();
    const { signal } = endless.attempt();
    await clock.pass(3_000);
    expect(signal.aborted).toBe(true);
    expect(engine.running).toBe(0);
    await clock.pass(300);
    expect(await engine.run(identity, terms, keep('again'))).toBe('kept');
    expect(faults).toEqual([
      { kind: 'lease-lost', slot: 'slot', attempt: 1 },
      { kind: 'lapsed', slot: 'slot', attempt: 2 },
    ]);
  });

  it('gives a holder that comes late the record that was first', async () => {
    const { engine, clock, faults } = setUp();
    const paused = begin(engine);
    await settled();
    clock.stop(1_000);
    expect(await engine.run(identity, terms, keep('second'))).toBe('kept');
    const kept = await paused.attempt().keep(recordOf('first'));
    expect(kept).toEqual({ kind: 'superseded', record: recordOf('second') });
    expect(faults.map(({ kind }) => kind)).toEqual(['lapsed', 'superseded']);
    paused.finish();
  });

  it('tells a holder whose slot was taken, and renews no more', async () => {
    const { engine, clock, faults } = setUp();
    const paused = begin(engine);
    await settled();
    const { signal } = paused.attempt();
    clock.stop(1_000);
    const second = begin(engine);
    await clock.pass(100);
    expect(signal.aborted).toBe(true);
    expect(faults.map(({ kind }) => kind)).toEqual(['lapsed', 'lease-lost']);
    await second.attempt().keep(recordOf('second'));
    second.finish();
    await paused.attempt().giveUp();
    paused.finish();
    expect(await engine.run(identity, terms, tell)).toBe('second');
  });

  it('buries a key whose outcome nobody knows, once and for all', async () => {
    const { engine, clock, storage } = setUp();
    const careful: Terms = { ...terms, afterLapse: 'unknown' };
    begin(engine, identity, careful);
    await settled();
    clock.stop(1_000);
    expect(await engine.run(identity, careful, tell)).toBe('unknown');
    const record = await storage.find('slot');
    expect(record && envelope.decode(record, 'slot')).toEqual({ kind: 'tombstone', fingerprint: 'asked', loss: 'unknown' });
    expect(await engine.run(identity, careful, tell)).toBe('unknown');
  });

  it('never runs over a record that it cannot read, and reports it', async () => {
    const { engine, storage, faults } = setUp();
    await storage.save('slot', Buffer.from('of another time'), 60_000);
    expect(await engine.run(identity, terms, tell)).toBe('unreadable');
    expect(await engine.run(identity, { ...terms, manual: true }, tell)).toBe('unreadable');
    expect(faults).toEqual([
      { kind: 'unreadable', slot: 'slot' },
      { kind: 'unreadable', slot: 'slot' },
    ]);
    // The claim that the manual request won was handed back.
    expect(await engine.run({ slot: 'slot', fingerprint: 'other' }, { ...terms, manual: true }, tell)).toBe('unreadable');
  });

  it('lets a manual handler replace its record, one at a time', async () => {
    const { engine } = setUp();
    const manual: Terms = { ...terms, manual: true };
    expect(await engine.run(identity, manual, keep('one'))).toBe('kept');
    const seen = await engine.run(identity, manual, async (turn) => {
      if (turn.kind !== 'execute') return undefined;
      expect(await engine.run(identity, manual, tell)).toBe('running');
      await turn.attempt.keep(recordOf('two'));
      return turn.attempt.kept;
    });
    expect(seen).toEqual(recordOf('one'));
    expect(await engine.run(identity, terms, tell)).toBe('two');
  });

  it('lets no manual handler that comes late replace the record of who took its slot', async () => {
    const { engine, clock, faults } = setUp();
    const manual: Terms = { ...terms, manual: true };
    await engine.run(identity, manual, keep('one'));
    const paused = begin(engine, identity, manual);
    await settled();
    clock.stop(1_000);
    expect(await engine.run(identity, manual, keep('two'))).toBe('kept');
    expect(await paused.attempt().keep(recordOf('late'))).toEqual({ kind: 'superseded', record: recordOf('two') });
    expect(await engine.run(identity, terms, tell)).toBe('two');
    expect(faults.map(({ kind }) => kind)).toEqual(['lapsed', 'superseded']);
    paused.finish();
  });

  it('lets a manual handler that comes late replace its record where nobody took its slot', async () => {
    const { engine, clock } = setUp();
    const manual: Terms = { ...terms, manual: true };
    await engine.run(identity, manual, keep('one'));
    const paused = begin(engine, identity, manual);
    await settled();
    clock.stop(1_000);
    expect(await paused.attempt().keep(recordOf('late'))).toEqual({ kind: 'kept' });
    expect(await engine.run(identity, terms, tell)).toBe('late');
    paused.finish();
  });

  it('leaves the lease of a turn that failed to lapse: nobody knows how far it came', async () => {
    const { engine, clock } = setUp();
    await expect(engine.run(identity, terms, () => Promise.reject(new Error('bug')))).rejects.toThrow('bug');
    expect(engine.running).toBe(0);
    expect(await engine.run(identity, terms, tell)).toBe('running');
    await clock.pass(300);
    expect(await engine.run(identity, terms, keep('again'))).toBe('kept');
  });

  it('without a lock lets everybody run, and keeps the first record', async () => {
    const { storage, clock } = setUp();
    const engine = new Engine(pair(storage, noLock), { clock });
    const both = await Promise.all([engine.run(identity, terms, keep('one')), engine.run(identity, terms, keep('two'))]);
    expect(both.sort()).toEqual(['kept', 'superseded']);
  });
});

describe('waiting', () => {
  const patient: Terms = { ...terms, waitMs: 5_000 };

  it('ends with the answer as soon as it is there, without a poll', async () => {
    const { engine, clock } = setUp();
    const first = begin(engine);
    await settled();
    const waiting = Array.from({ length: 50 }, () => engine.run(identity, patient, tell));
    await settled();
    await first.attempt().keep(recordOf('first'));
    first.finish();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['first']));
    expect(clock.now()).toBe(1_000);
  });

  it('takes the turn of a holder that gave up', async () => {
    const { engine } = setUp();
    const first = begin(engine);
    await settled();
    const waiting = engine.run(identity, patient, keep('second'));
    await settled();
    await first.attempt().giveUp();
    first.finish();
    expect(await waiting).toBe('kept');
  });

  it('takes over as soon as a dead holder’s lease is over', async () => {
    const { engine, clock } = setUp();
    const dead = begin(engine);
    await settled();
    dead.attempt().abandon();
    const waiting = engine.run(identity, patient, keep('second'));
    await clock.pass(310);
    expect(await waiting).toBe('kept');
  });

  it('is told that it is running when its time is over', async () => {
    const { engine, clock } = setUp();
    begin(engine);
    await settled();
    const waiting = engine.run(identity, { ...terms, waitMs: 500 }, tell);
    await clock.pass(500);
    expect(await waiting).toBe('running');
  });

  it('polls where the backend cannot push, and where a wake-up is lost', async () => {
    const deaf = (backend: IdempotencyBackend): IdempotencyBackend => ({
      ...backend,
      watch: () => ({ woken: new Promise(() => undefined), close: () => undefined }),
    });
    const mute = ({ watch: _, ...backend }: IdempotencyBackend): IdempotencyBackend => backend;
    for (const around of [deaf, mute]) {
      const { engine, clock } = setUp({}, around);
      const first = begin(engine);
      await settled();
      const waiting = engine.run(identity, patient, tell);
      await settled();
      await first.attempt().keep(recordOf('first'));
      await clock.pass(1_000);
      expect(await waiting).toBe('first');
    }
  });

  it('is bounded: one more than may wait is sent away at once', async () => {
    const { engine } = setUp({ maxWaiting: 2 });
    const first = begin(engine);
    await settled();
    const waiting = [engine.run(identity, patient, tell), engine.run(identity, patient, tell)];
    await settled();
    expect(await engine.run(identity, patient, tell)).toBe('running');
    await first.attempt().keep(recordOf('first'));
    expect(await Promise.all(waiting)).toEqual(['first', 'first']);
  });

  it('ends when the engine closes', async () => {
    const { engine } = setUp();
    const first = begin(engine);
    await settled();
    const waiting = engine.run(identity, patient, tell);
    await settled();
    const closed = engine.close(1_000);
    expect(await waiting).toBe('running');
    await first.attempt().keep(recordOf('first'));
    await closed;
  });
});

describe('closing', () => {
  it('waits for what is running, for its grace at most, and leaves no timer', async () => {
    const { engine, clock } = setUp();
    const first = begin(engine);
    await settled();
    let isClosed = false;
    const closed = engine.close(1_000).then(() => (isClosed = true));
    await clock.pass(999);
    expect([isClosed, first.attempt().signal.aborted]).toEqual([false, false]);
    await clock.pass(1);
    await closed;
    // What it does from now on is done without a lease.
    expect(first.attempt().signal.aborted).toBe(true);
    // The sweeps of the places and of the lock.
    expect(clock.pending).toBe(2);
    expect(engine.running).toBe(0);
  });

  it('waits for a transaction as well, until it is committed', async () => {
    let commit!: () => void;
    const committed = new Promise<void>((resolve) => (commit = resolve));
    const { engine } = setUp({}, (backend) => ({
      ...backend,
      transaction: async (work) => {
        const made = await work();
        await committed;
        return made;
      },
    }));
    const first = begin(engine, identity, { ...terms, transactional: true });
    await settled();
    let isClosed = false;
    const closed = engine.close(1_000).then(() => (isClosed = true));
    await first.attempt().keep(recordOf('first'));
    first.finish();
    await settled();
    expect(isClosed).toBe(false);
    commit();
    await closed;
    expect(await first.outcome).toBe('ran');
  });

  it('waits for a transaction for its grace at most, and takes nothing from one that goes on', async () => {
    const { engine, clock } = setUp({}, (backend) => ({ ...backend, transaction: (work) => work() }));
    const first = begin(engine, identity, { ...terms, transactional: true });
    await settled();
    const closed = engine.close(1_000);
    await first.attempt().keep(recordOf('first'));
    await clock.pass(1_000);
    await closed;
    first.finish();
    expect(await first.outcome).toBe('ran');
    expect([engine.running, await engine.run(identity, terms, tell)]).toEqual([0, 'first']);
  });

  it('keeps the process alive while it waits', async () => {
    const files = ['../../../tools/run.js', '../test/closing.program.ts'].map((path) =>
      fileURLToPath(new URL(path, import.meta.url)),
    );
    const { stdout } = await promisify(execFile)(process.execPath, files);
    expect(stdout).toBe('closed\n');
  });

  it('ends at once when nothing is running', async () => {
    await setUp().engine.close(1_000);
  });
});

describe('a store that fails', () => {
  const down = new Error('down');

  function failing(broken: Set<keyof IdempotencyBackend>) {
    return setUp({}, (backend) => {
      const guarded =
        <A extends unknown[], T>(name: keyof IdempotencyBackend, call: (...args: A) => Promise<T>) =>
        (...args: A): Promise<T> =>
          broken.has(name) ? Promise.reject(down) : call(...args);
      return {
        open: guarded('open', backend.open),
        renew: guarded('renew', backend.renew),
        release: guarded('release', backend.release),
        settle: guarded('settle', backend.settle),
        resettle: guarded('resettle', backend.resettle),
      };
    });
  }

  describe('before the handler', () => {
    const losingReplies = (backend: IdempotencyBackend, count: number): IdempotencyBackend => {
      let left = count;
      return {
        ...backend,
        open: async (...args) => {
          const opened = await backend.open(...args);
          if (left-- > 0) throw down;
          return opened;
        },
      };
    };

    it('nothing runs, and a claim whose reply was lost is handed back', async () => {
      const { clock, storage, lock, faults } = setUp();
      const engine = new Engine(losingReplies(pair(storage, lock), 1), { clock, onFault: (fault) => faults.push(fault) });
      await expect(engine.run(identity, terms, tell)).rejects.toMatchObject({ name: 'IdempotencyUnavailableError', cause: down });
      expect(faults).toEqual([{ kind: 'open-failed', slot: 'slot', cause: down }]);
      await clock.pass(1);
      expect(await engine.run(identity, terms, keep('first'))).toBe('kept');
    });

    it('a claim whose reply was lost is not handed back after a lapse, so that the next one is told of it', async () => {
      const { clock, storage, lock, faults } = setUp();
      await lock.acquire({ ...identity, token: 'died' }, terms.leaseMs, terms.keepMs);
      await clock.pass(terms.leaseMs);
      const engine = new Engine(losingReplies(pair(storage, lock), 1), { clock, onFault: (fault) => faults.push(fault) });
      await expect(engine.run(identity, terms, tell)).rejects.toMatchObject({ name: 'IdempotencyUnavailableError', cause: down });
      await clock.pass(terms.leaseMs);
      expect(await engine.run(identity, terms, keep('first'))).toBe('kept');
      expect(faults.map(({ kind }) => kind)).toEqual(['open-failed', 'lapsed']);
    });

    it('what was perhaps won lapses by itself when the store stays away', async () => {
      const { clock, storage, lock, faults } = setUp();
      const engine = new Engine(losingReplies(pair(storage, lock), 2), { clock, onFault: (fault) => faults.push(fault) });
      await expect(engine.run(identity, terms, tell)).rejects.toMatchObject({ name: 'IdempotencyUnavailableError', cause: down });
      await clock.pass(terms.leaseMs);
      expect(faults.map(({ kind }) => kind)).toEqual(['open-failed', 'release-failed']);
      expect(await engine.run(identity, terms, keep('first'))).toBe('kept');
    });
  });

  it('after the handler: the client need not wait, the lease is held, and the save is tried until it goes through', async () => {
    const broken = new Set<keyof IdempotencyBackend>(['settle']);
    const { engine, clock, faults } = failing(broken);
    expect(await engine.run(identity, terms, keep('first'))).toBe('deferred');
    await clock.pass(2_000);
    expect(await engine.run(identity, terms, tell)).toBe('running');
    broken.clear();
    await clock.pass(200);
    expect(await engine.run(identity, terms, tell)).toBe('first');
    expect(engine.running).toBe(0);
    expect(faults.map(({ kind }) => kind)).toEqual(['save-failed']);
  });

  it('after the handler, for good: the save is given up and reported', async () => {
    const { engine, clock, faults } = failing(new Set(['settle']));
    expect(await engine.run(identity, { ...terms, holdAtMostMs: 10_000_000 }, keep('first'))).toBe('deferred');
    await clock.pass(601_000);
    expect(faults.map(({ kind }) => kind)).toEqual(['save-failed', 'save-abandoned']);
    expect(engine.running).toBe(0);
  });

  describe('after the handler, that takes no record of this size', () => {
    const tooLarge = new Error('object too large for cache');
    const large = 'x'.repeat(500);
    const small = (more: Partial<IdempotencyBackend> = {}) =>
      setUp({}, (backend) => ({
        ...backend,
        settle: (lease, bytes, keepMs) => (bytes.length > 300 ? Promise.reject(tooLarge) : backend.settle(lease, bytes, keepMs)),
        resettle: (lease, bytes, keepMs) =>
          bytes.length > 300 ? Promise.reject(tooLarge) : backend.resettle(lease, bytes, keepMs),
        ...more,
      }));

    it('a tombstone is kept after a few tries, and nothing runs again', async () => {
      const { engine, clock, faults } = small();
      expect(await engine.run(identity, terms, keep(large))).toBe('deferred');
      await clock.pass(400);
      expect(await engine.run(identity, terms, tell)).toBe('running');
      await clock.pass(300);
      expect(await engine.run(identity, terms, tell)).toBe('unkept');
      expect(engine.running).toBe(0);
      expect(faults).toEqual([
        { kind: 'save-failed', slot: 'slot', cause: tooLarge },
        { kind: 'save-refused', slot: 'slot', cause: tooLarge },
      ]);
    });

    it('a tombstone is kept before the save is given up, however soon that is', async () => {
      const { engine, clock, faults } = small();
      expect(await engine.run(identity, { ...terms, holdAtMostMs: 100 }, keep(large))).toBe('deferred');
      await clock.pass(1_000);
      expect(await engine.run(identity, terms, tell)).toBe('unkept');
      expect(faults.map(({ kind }) => kind)).toEqual(['save-failed', 'lease-lost', 'save-refused']);
    });

    it('a manual handler keeps what it had, since none of its records is to be taken from it', async () => {
      const { engine, clock, faults } = small();
      const manual = { ...terms, manual: true };
      await engine.run(identity, manual, keep('before'));
      expect(await engine.run(identity, manual, keep(large))).toBe('deferred');
      await clock.pass(4_000);
      expect(await engine.run(identity, terms, tell)).toBe('before');
      expect(faults.map(({ kind }) => kind)).toEqual(['save-failed', 'lease-lost', 'save-abandoned']);
    });
  });

  it('after the handler, that is back: the answer is kept and no tombstone, however long it was away', async () => {
    const broken = new Set<keyof IdempotencyBackend>(['settle']);
    const { engine, clock, faults } = failing(broken);
    await engine.run(identity, { ...terms, holdAtMostMs: 10_000_000 }, keep('first'));
    await clock.pass(300_000);
    broken.clear();
    await clock.pass(100);
    expect(await engine.run(identity, terms, tell)).toBe('first');
    expect(faults.map(({ kind }) => kind)).toEqual(['save-failed']);
  });

  it.each([
    ['the record', 1, 'first', []],
    ['the tombstone', 300, 'unkept', ['save-refused']],
  ] as const)('after the handler, that saved %s though its reply was lost: that stands', async (_, atLeast, stands, told) => {
    const lost = new Error('no reply');
    const { engine, clock, faults } = setUp({}, (backend) => ({
      ...backend,
      settle: async (lease, bytes, keepMs) => {
        if (bytes.length > 300 && atLeast === 300) throw lost;
        const saved = await backend.settle(lease, bytes, keepMs);
        if (saved.kind === 'saved') throw lost;
        return saved;
      },
    }));
    const slow = { ...terms, leaseMs: 30_000, holdAtMostMs: 600_000 };
    await engine.run(identity, slow, keep(stands === 'first' ? 'first' : 'x'.repeat(500)));
    await clock.pass(8_000);
    expect(await engine.run(identity, terms, tell)).toBe(stands);
    expect(faults.map(({ kind }) => kind)).toEqual(['save-failed', ...told]);
  });

  it('tells a late save that another record was first', async () => {
    const broken = new Set<keyof IdempotencyBackend>(['settle']);
    const { engine, clock, faults, storage } = failing(broken);
    await engine.run(identity, terms, keep('first'));
    await storage.save('slot', await envelope.encode(recordOf('other'), 'slot'), 60_000);
    broken.clear();
    await clock.pass(200);
    expect(faults.map(({ kind }) => kind)).toEqual(['save-failed', 'superseded']);
  });

  it('while renewing: holds on, and revives a lease that nobody took', async () => {
    const broken = new Set<keyof IdempotencyBackend>(['renew']);
    const { engine, clock, faults } = failing(broken);
    const first = begin(engine);
    await clock.pass(250);
    expect(first.attempt().signal.aborted).toBe(false);
    await clock.pass(150);
    expect(first.attempt().signal.aborted).toBe(true);
    expect(faults.map(({ kind }) => kind)).toEqual([
      'renew-failed',
      'renew-failed',
      'renew-failed',
      'lease-lost',
      'renew-failed',
    ]);
    broken.clear();
    await clock.pass(100);
    expect(await engine.run(identity, terms, tell)).toBe('running');
    await first.attempt().keep(recordOf('first'));
    first.finish();
  });

  it('while saving: a renewal that crosses the save tells of no lost lease', async () => {
    let reply!: () => void;
    const replied = new Promise<void>((resolve) => (reply = resolve));
    const { engine, clock, faults } = setUp({}, (backend) => ({
      ...backend,
      settle: async (...args) => {
        const saved = await backend.settle(...args);
        await replied;
        return saved;
      },
    }));
    const first = begin(engine);
    await settled();
    const kept = first.attempt().keep(recordOf('first'));
    await clock.pass(250);
    reply();
    expect([await kept, first.attempt().signal.aborted, faults]).toEqual([{ kind: 'kept' }, false, []]);
    first.finish();
  });

  it('while releasing: is reported, and the lease lapses by itself', async () => {
    const { engine, clock, faults } = failing(new Set(['release']));
    await engine.run(identity, terms, async (turn) => turn.kind === 'execute' && turn.attempt.giveUp());
    expect(faults).toEqual([{ kind: 'release-failed', slot: 'slot', cause: down }]);
    await clock.pass(300);
    expect(await engine.run(identity, terms, keep('again'))).toBe('kept');
  });

  it('while burying an unknown outcome: the next request comes to the same verdict', async () => {
    const broken = new Set<keyof IdempotencyBackend>(['settle']);
    const { engine, clock, faults } = failing(broken);
    const careful: Terms = { ...terms, afterLapse: 'unknown' };
    begin(engine, identity, careful);
    await settled();
    clock.stop(1_000);
    expect(await engine.run(identity, careful, tell)).toBe('unknown');
    clock.stop(1_000);
    broken.clear();
    expect(await engine.run(identity, careful, tell)).toBe('unknown');
    expect(faults.map(({ kind }) => kind)).toEqual(['lapsed', 'save-failed', 'lapsed']);
  });
});

describe('a store that is full', () => {
  function full(whenFull: 'refuse' | 'drop-oldest') {
    const clock = new ManualClock();
    const storage = new MemoryStorage({ clock, maxRecords: 2, whenFull });
    const faults: Fault[] = [];
    const backend = pair(storage, new MemoryLock({ clock }));
    const engine = new Engine(backend, { clock, onFault: (fault) => faults.push(fault) });
    const ask = (slot: string, how = terms) => engine.run({ slot, fingerprint: 'asked' }, how, keep(slot));
    return { clock, engine, faults, ask };
  }

  it('refuses new keys at once, whoever waits, and goes on replaying', async () => {
    const { ask, clock } = full('refuse');
    const patient = { ...terms, waitMs: 5_000 };
    expect([await ask('a'), await ask('b'), await ask('c', patient)]).toEqual(['kept', 'kept', 'full']);
    expect([await ask('a'), await ask('b')]).toEqual(['a', 'b']);
    await clock.pass(terms.keepMs);
    expect(await ask('c')).toBe('kept');
  });

  it('tells of a thousand refusals twice: at the first, and a minute later how many there were', async () => {
    const { ask, clock, faults } = full('refuse');
    const endless = { ...terms, keepMs: 10_000_000 };
    await ask('a', endless);
    await ask('b', endless);
    for (let i = 0; i < 999; i++) await ask(`slot ${i}`, endless);
    expect(faults).toEqual([{ kind: 'store-full', slot: 'slot 0', refused: 1 }]);
    await clock.pass(60_000);
    await ask('last', endless);
    expect(faults.slice(1)).toEqual([{ kind: 'store-full', slot: 'last', refused: 999 }]);
  });

  it('tells of each record that it drops where it is to drop the oldest', async () => {
    const { ask, faults } = full('drop-oldest');
    expect([await ask('a'), await ask('b'), await ask('c'), await ask('a')]).toEqual(['kept', 'kept', 'kept', 'kept']);
    expect(faults).toEqual([
      { kind: 'dropped', slot: 'a' },
      { kind: 'dropped', slot: 'b' },
    ]);
  });
});

describe('a transaction', () => {
  const transactional: Terms = { ...terms, transactional: true };

  /** Undoes the records that were saved by work that failed; concurrent duplicates are excluded by the slot's own entry. */
  function inTransactions() {
    const storage = new MemoryStorage();
    const committed: string[] = [];
    let staged: { slot: string; record: Uint8Array }[] = [];
    let isHeld = false;
    const reading: IdempotencyStorage = storage;
    const backend: IdempotencyBackend = {
      open: async ({ slot }) => {
        const record = await reading.find(slot);
        if (record) return { record };
        if (isHeld) return { claim: { kind: 'held', leftMs: 50 } };
        isHeld = true;
        return { claim: { kind: 'won', attempt: 1 } };
      },
      renew: () => Promise.resolve('kept'),
      release: () => Promise.reject(new Error('There is no lease to release.')),
      settle: ({ slot }, record) => {
        staged.push({ slot, record });
        return Promise.resolve({ kind: 'saved' });
      },
      resettle: ({ slot }, record) => {
        staged.push({ slot, record });
        return Promise.resolve({ kind: 'saved' });
      },
      transaction: async (work) => {
        try {
          const result = await work();
          for (const { slot, record } of staged) await storage.replace(slot, record, 60_000);
          committed.push('commit');
          return result;
        } catch (error) {
          committed.push('rollback');
          throw error;
        } finally {
          staged = [];
          isHeld = false;
        }
      },
    };
    return { engine: new Engine(backend), backend, committed };
  }

  it('commits the record with the work', async () => {
    const { engine, committed } = inTransactions();
    expect(await engine.run(identity, transactional, keep('first'))).toBe('kept');
    expect(await engine.run(identity, transactional, keep('second'))).toBe('first');
    expect(committed).toEqual(['commit', 'commit']);
  });

  it('rolls back what was given up or left open, and still answers', async () => {
    const { engine, committed } = inTransactions();
    const giveUp = async (turn: Turn): Promise<string> => {
      if (turn.kind === 'execute') await turn.attempt.giveUp();
      return 'an error';
    };
    expect(await engine.run(identity, transactional, giveUp)).toBe('an error');
    expect(await engine.run(identity, transactional, tell)).toBe('execute');
    const abandon = async (turn: Turn): Promise<string> => {
      if (turn.kind === 'execute') turn.attempt.abandon();
      return Promise.resolve('nothing');
    };
    expect(await engine.run(identity, transactional, abandon)).toBe('nothing');
    expect(committed).toEqual(['rollback', 'rollback', 'rollback']);
  });

  it('rolls back a second execution and gives it the first record', async () => {
    const { backend, committed } = inTransactions();
    const first = await envelope.encode(recordOf('first'), 'slot');
    const engine = new Engine({ ...backend, settle: () => Promise.resolve({ kind: 'taken', record: first }) });
    const kept = await engine.run(identity, transactional, (turn) =>
      turn.kind === 'execute' ? turn.attempt.keep(recordOf('second')) : Promise.reject(new Error('not run')),
    );
    expect(kept).toEqual({ kind: 'superseded', record: recordOf('first') });
    expect(committed).toEqual(['rollback']);
  });

  it('holds no transaction while it waits', async () => {
    const { engine, backend, committed } = inTransactions();
    const first = backend.transaction?.(async () => {
      await backend.open({ ...identity, token: 't' }, 1, 1);
      const waiting = engine.run(identity, { ...transactional, waitMs: 5_000 }, keep('second'));
      await settled();
      return { waiting };
    });
    const outcome = await (await first)?.waiting;
    expect(outcome).toBe('kept');
    expect(committed.at(-1)).toBe('commit');
  });

  it('lets a manual handler replace its record', async () => {
    const { engine } = inTransactions();
    const manual: Terms = { ...transactional, manual: true };
    await engine.run(identity, manual, keep('one'));
    expect(await engine.run(identity, transactional, tell)).toBe('one');
  });

  it('is refused where the backend has none, with the cure', async () => {
    const { engine } = setUp();
    await expect(engine.run(identity, transactional, tell)).rejects.toThrow(/choose one that does/);
  });
});

describe('what an engine leaves behind', () => {
  const down = new Error('down');

  it('is reported when a claim that it does not use cannot be released', async () => {
    const { engine, faults, backend } = setUp({}, (real) => ({
      ...real,
      // As a backend does that looks and claims at once: the claim comes with a record that was written in between.
      open: async (lease, leaseMs, keepMs) => ({
        ...(await real.open(lease, leaseMs, keepMs, true)),
        record: await envelope.encode(recordOf('first'), 'slot'),
      }),
      release: () => Promise.reject(down),
    }));
    expect(await engine.run(identity, terms, tell)).toBe('first');
    expect(faults).toEqual([{ kind: 'release-failed', slot: 'slot', cause: down }]);
    expect(await backend.open({ ...identity, token: 'other' }, 1, 1)).toMatchObject({ claim: { kind: 'held' } });
  });

  it('is no watch, however the wait ended', async () => {
    let watches = 0;
    const { engine, clock } = setUp({}, (real) => ({
      ...real,
      watch: () => {
        watches++;
        return { woken: new Promise(() => undefined), close: () => void watches-- };
      },
    }));
    const { outcome, finish } = begin(engine);
    await settled();
    const waiting = engine.run(identity, { ...terms, waitMs: 250 }, tell);
    await clock.pass(250);
    expect(await waiting).toBe('running');
    expect(watches).toBe(0);
    finish();
    await outcome;
  });

  it('is no watch at all for who does not wait', async () => {
    let watches = 0;
    const { engine } = setUp({}, (real) => ({
      ...real,
      watch: () => {
        watches++;
        return { woken: Promise.resolve(), close: () => undefined };
      },
    }));
    await engine.run(identity, terms, keep('a'));
    expect(watches).toBe(0);
  });
});
