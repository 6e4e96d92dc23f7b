/** Turns at a slot that holds what was never rendered: one renders at a time, and no lapse of it counts. */
import { ManualClock, settled } from '../test/manual-clock.js';
import type { Attempt } from './attempt.js';
import { envelope } from './codec.js';
import { Engine } from './engine.js';
import type { Fault } from './faults.js';
import { MemoryLock } from './memory/lock.js';
import { MemoryStorage } from './memory/storage.js';
import { pair } from './pair.js';
import type { IdempotencyBackend } from './ports.js';
import type { KeptRecord, UnrenderedRecord } from './record.js';
import type { Terms, Turn } from './turn.js';

const identity = { slot: 'slot', fingerprint: 'asked' };
const terms: Terms = {
  manual: false,
  afterLapse: 'unknown',
  leaseMs: 300,
  keepMs: 60_000,
  waitMs: 0,
  holdAtMostMs: 3_000,
  transactional: false,
};
const value: UnrenderedRecord = { kind: 'value', fingerprint: 'asked', form: 'json', bytes: Buffer.from('7') };
const failure: UnrenderedRecord = { kind: 'failure', fingerprint: 'asked', name: 'Declined', message: 'no' };
const answerOf = (text: string): KeptRecord => ({
  kind: 'answer',
  fingerprint: 'asked',
  answer: { status: 201, headers: [], body: Buffer.from(text) },
});

/** An engine at a slot that holds `record`, and the calls that its backend saw. */
async function setUp(
  record: KeptRecord = value,
  around: (backend: IdempotencyBackend) => Partial<IdempotencyBackend> = () => ({}),
) {
  const clock = new ManualClock();
  const storage = new MemoryStorage({ clock });
  const lock = new MemoryLock({ clock });
  const faults: Fault[] = [];
  const calls: string[] = [];
  const real = pair(storage, lock);
  const backend: IdempotencyBackend = {
    ...real,
    open: (lease, leaseMs, keepMs, evenIfKept) => {
      calls.push(evenIfKept === true ? 'open even if kept' : 'open');
      return real.open(lease, leaseMs, keepMs, evenIfKept);
    },
  };
  const engine = new Engine({ ...backend, ...around(backend) }, { clock, onFault: (fault) => faults.push(fault) });
  await storage.save('slot', await envelope.encode(record, 'slot'), terms.keepMs);
  const holds = async () => {
    const bytes = await storage.find('slot');
    return bytes && envelope.decode(bytes, 'slot');
  };
  return { clock, storage, lock, engine, faults, calls, holds };
}

const said = (turn: Turn): string =>
  turn.kind === 'replay' ? Buffer.from(turn.answer.body).toString() : turn.kind === 'reject' ? turn.reason : turn.kind;
const tell = (turn: Turn): Promise<string> => Promise.resolve(said(turn));

const render =
  (text: string) =>
  async (turn: Turn): Promise<string> =>
    turn.kind === 'render' ? (await turn.attempt.keep(answerOf(text))).kind : said(turn);

/** A renderer that ends when it is told to. */
function begin(engine: Engine, how = terms) {
  let attempt!: Attempt;
  let finish!: () => void;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const outcome = engine.run(identity, how, async (turn) => {
    if (turn.kind !== 'render') return said(turn);
    attempt = turn.attempt;
    await finished;
    return 'rendered';
  });
  return { outcome, finish, attempt: () => attempt };
}

describe('a slot that holds what was never rendered', () => {
  it.each([value, failure])('hands $kind to one to render, and replays what it made of it', async (record) => {
    const { engine, holds, calls } = await setUp(record);
    const seen = await engine.run(identity, terms, async (turn) => {
      if (turn.kind !== 'render') return said(turn);
      expect([turn.attempt.number, turn.attempt.kept]).toEqual([1, record]);
      await turn.attempt.keep(answerOf('made'));
      return turn.record;
    });
    expect(seen).toEqual(record);
    expect(await holds()).toEqual(answerOf('made'));
    expect(await engine.run(identity, terms, tell)).toBe('made');
    expect(calls).toEqual(['open', 'open even if kept', 'open']);
    expect(engine.running).toBe(0);
  });

  it('lets one of 50 render at once, and gives all others its answer', async () => {
    const { engine } = await setUp();
    let rendered = 0;
    const all = Array.from({ length: 50 }, (_, i) =>
      engine.run(identity, { ...terms, waitMs: 5_000 }, async (turn) => {
        if (turn.kind !== 'render') return said(turn);
        rendered += 1;
        await settled();
        await turn.attempt.keep(answerOf(String(i)));
        return String(i);
      }),
    );
    expect(new Set(await Promise.all(all)).size).toBe(1);
    expect(rendered).toBe(1);
  });

  it('tells others that it is running while it is rendered, and those who ask something else that they do', async () => {
    const { engine } = await setUp();
    const first = begin(engine);
    await settled();
    expect(await engine.run(identity, terms, tell)).toBe('running');
    expect(await engine.run({ ...identity, fingerprint: 'other' }, terms, tell)).toBe('mismatch');
    await first.attempt().keep(answerOf('made'));
    first.finish();
  });

  it('tells a retry to come again while another request, which will be refused, holds the slot', async () => {
    const { engine, lock } = await setUp();
    await lock.acquire({ slot: 'slot', fingerprint: 'other', token: 'other' }, 300, 0);
    expect(await engine.run(identity, terms, tell)).toBe('running');
  });

  it('tells of no lapse before it: who lapsed left a record, or found one', async () => {
    const { engine, lock, clock, faults } = await setUp();
    await lock.acquire({ ...identity, token: 'died' }, 300, terms.keepMs);
    await clock.pass(300);
    expect(await engine.run(identity, terms, render('made'))).toBe('kept');
    expect(faults).toEqual([]);
  });

  it('is left as it is by who gives up, for the next one to render', async () => {
    const { engine, holds, faults } = await setUp();
    await engine.run(identity, terms, async (turn) => turn.kind === 'render' && turn.attempt.giveUp());
    expect(await holds()).toEqual(value);
    expect(await engine.run(identity, terms, render('made'))).toBe('kept');
    expect(faults).toEqual([]);
  });

  it('is rendered by the next one after a renderer died: no lapse of it is told, and none makes the outcome unknown', async () => {
    const { engine, clock, faults } = await setUp();
    for (let died = 0; died < 3; died++) {
      const dead = begin(engine);
      await settled();
      dead.attempt().abandon();
      await clock.pass(terms.leaseMs);
    }
    expect(await engine.run(identity, terms, render('made'))).toBe('kept');
    expect(faults).toEqual([]);
  });

  it('is empty when it has expired, also where a renderer died just before: the next request runs', async () => {
    const { engine, clock, faults } = await setUp();
    await clock.pass(terms.keepMs - terms.leaseMs);
    const dead = begin(engine);
    await settled();
    dead.attempt().abandon();
    await clock.pass(terms.leaseMs);
    expect(await engine.run(identity, terms, (turn) => Promise.resolve(turn.kind === 'execute' && turn.attempt.number))).toBe(1);
    expect(faults).toEqual([]);
  });

  it('tells a renderer whose lease was lost so, and nobody else: it repeats no effect', async () => {
    const { engine, clock, faults } = await setUp();
    const paused = begin(engine);
    await settled();
    const { signal } = paused.attempt();
    clock.stop(1_000);
    const second = begin(engine);
    await clock.pass(100);
    expect(signal.aborted).toBe(true);
    expect(faults).toEqual([]);
    await second.attempt().keep(answerOf('second'));
    const late = { kind: 'superseded', record: answerOf('second') };
    expect(await paused.attempt().keep(answerOf('late'))).toEqual(late);
    expect(await engine.run(identity, terms, tell)).toBe('second');
  });

  it('gives a renderer that comes late, while another renders, the record as it is: its client comes again', async () => {
    const { engine, clock, holds } = await setUp();
    const paused = begin(engine);
    await settled();
    clock.stop(1_000);
    const second = begin(engine);
    await settled();
    expect(await paused.attempt().keep(answerOf('late'))).toEqual({ kind: 'superseded', record: value });
    expect(await holds()).toEqual(value);
    await second.attempt().keep(answerOf('second'));
    expect(await holds()).toEqual(answerOf('second'));
  });

  it('is replayed where it was rendered between the two looks, and the claim is handed back', async () => {
    const answer = Buffer.from(await envelope.encode(answerOf('made'), 'slot'));
    const { engine, storage, lock } = await setUp(value, (backend) => ({
      open: async (lease, leaseMs, keepMs, evenIfKept) => {
        if (evenIfKept) await storage.replace('slot', answer, terms.keepMs);
        return backend.open(lease, leaseMs, keepMs, evenIfKept);
      },
    }));
    expect(await engine.run(identity, terms, render('again'))).toBe('made');
    expect(await lock.acquire({ ...identity, token: 'other' }, 1, 1)).toEqual({ kind: 'won', attempt: 1 });
  });

  it('is run anew where it expired between the two looks, under a lease whose lapse is remembered', async () => {
    const { engine, clock, lock } = await setUp(value, (backend) => ({
      open: (lease, leaseMs, keepMs, evenIfKept) => {
        if (evenIfKept) clock.stop(terms.keepMs);
        return backend.open(lease, leaseMs, keepMs, evenIfKept);
      },
    }));
    const died = engine.run(identity, terms, (turn) => {
      if (turn.kind === 'execute') turn.attempt.abandon();
      return tell(turn);
    });
    expect(await died).toBe('execute');
    clock.stop(terms.leaseMs);
    expect(await lock.acquire({ ...identity, token: 'other' }, 1, 1)).toEqual({ kind: 'won', attempt: 2 });
  });

  it('is rendered by nobody where the backend does not claim what it was asked to claim', async () => {
    const { engine } = await setUp(value, (backend) => ({
      open: (lease, leaseMs, keepMs) => backend.open(lease, leaseMs, keepMs),
    }));
    expect(await engine.run(identity, terms, tell)).toBe('running');
  });

  it('is handed back when the second look fails, without a trace of it', async () => {
    const down = new Error('down');
    let looks = 0;
    const { engine, clock, lock } = await setUp(value, (backend) => ({
      open: async (lease, leaseMs, keepMs, evenIfKept) => {
        const opened = await backend.open(lease, leaseMs, keepMs, evenIfKept);
        if (++looks > 1) throw down;
        return opened;
      },
    }));
    await expect(engine.run(identity, terms, tell)).rejects.toMatchObject({ name: 'IdempotencyUnavailableError', cause: down });
    await clock.pass(terms.leaseMs);
    expect(await lock.acquire({ ...identity, token: 'other' }, 1, 1)).toEqual({ kind: 'won', attempt: 1 });
  });

  it('is what a manual handler finds beside it, and replaces', async () => {
    const { engine, holds } = await setUp(failure);
    const kept = await engine.run(identity, { ...terms, manual: true }, async (turn) => {
      if (turn.kind !== 'execute') return said(turn);
      await turn.attempt.keep(answerOf('mine'));
      return turn.attempt.kept;
    });
    expect(kept).toEqual(failure);
    expect(await holds()).toEqual(answerOf('mine'));
  });
});

describe('a transaction at a slot that holds what was never rendered', () => {
  const transactional: Terms = { ...terms, transactional: true };
  const inTransactions = (outcomes: string[]) =>
    setUp(value, () => ({
      release: () => Promise.reject(new Error('There is no lease to release.')),
      transaction: async (work) => {
        try {
          const result = await work();
          outcomes.push('commit');
          return result;
        } catch (error) {
          outcomes.push('rollback');
          throw error;
        }
      },
    }));

  it('puts the answer in its place and commits', async () => {
    const outcomes: string[] = [];
    const { engine, holds, faults } = await inTransactions(outcomes);
    expect(await engine.run(identity, transactional, render('made'))).toBe('kept');
    expect(await holds()).toEqual(answerOf('made'));
    expect([outcomes, faults]).toEqual([['commit'], []]);
  });

  it('is undone when it is given up', async () => {
    const outcomes: string[] = [];
    const { engine } = await inTransactions(outcomes);
    await engine.run(identity, transactional, async (turn) => turn.kind === 'render' && turn.attempt.giveUp());
    expect(outcomes).toEqual(['rollback']);
  });
});
