/** After a lapse: the holder lost its lease without a record, and the route chooses what a retry does. */
import { Controller, Module, Post } from '@nestjs/common';
import {
  type IdempotencyEvent,
  IdempotencyKey,
  IdempotencyModule,
  IdempotencyState,
  type Lapse,
  type RecoveredAnswer,
} from 'nestjs-idempotency';
import { type Answered, type Closing, keyed, PLATFORMS, serve } from './serve.js';

interface Run {
  readonly attempt: number;
  readonly charge: string;
  readonly refund: string;
  readonly signal: AbortSignal;
}

/** A lease that is not renewed, of a handler that does not end: what a client sees of a process that died. */
const DYING = { leaseMs: 40, holdAtMostMs: 1 } as const;

let runs: Run[] = [];
let recoveries: Lapse[] = [];
let recovered: () => Promise<RecoveredAnswer | 'reexecute'>;
const events: IdempotencyEvent[] = [];
const letGo: (() => void)[] = [];

async function run(state: IdempotencyState): Promise<object> {
  const { attempt, signal } = state;
  runs.push({ attempt, signal, charge: state.deriveKey('charge'), refund: state.deriveKey('refund') });
  if (attempt === 1) await new Promise<void>((resolve) => letGo.push(resolve));
  return { attempt };
}

@Controller()
class Charges {
  @Post('reexecute')
  @IdempotencyKey(DYING)
  reexecute(@IdempotencyState() state: IdempotencyState): Promise<object> {
    return run(state);
  }

  @Post('unknown')
  @IdempotencyKey({ ...DYING, afterLapse: 'unknown' })
  unknown(@IdempotencyState() state: IdempotencyState): Promise<object> {
    return run(state);
  }

  @Post('recover')
  @IdempotencyKey({
    ...DYING,
    afterLapse: {
      recover: (lapse) => {
        recoveries.push(lapse);
        return recovered();
      },
    },
  })
  recover(@IdempotencyState() state: IdempotencyState): Promise<object> {
    return run(state);
  }
}

@Module({
  imports: [IdempotencyModule.forRoot({ profile: 'ietf', onEvent: (event) => events.push(event) })],
  controllers: [Charges],
})
class AppModule {}

describe.each(PLATFORMS)('on %s', (platform) => {
  let server: Closing;
  let keys = 0;
  const pending: Promise<Answered>[] = [];

  beforeAll(async () => {
    server = await serve(platform, AppModule, undefined, { logger: false });
  });
  beforeEach(() => {
    keys += 1;
    runs = [];
    recoveries = [];
    events.length = 0;
  });
  afterAll(async () => {
    for (const go of letGo.splice(0)) go();
    await Promise.all(pending.splice(0));
    await server.close();
  });

  /** The first answer to a retry that is not told that the first request still runs. */
  async function afterLapse(path: string, key: string): Promise<Answered> {
    const running = runs.length;
    pending.push(keyed(server, path, key));
    while (runs.length === running) await new Promise(setImmediate);
    for (;;) {
      const answer = await keyed(server, path, key);
      if ((answer.json as { reason?: string }).reason !== 'in-progress') return answer;
    }
  }

  const outcomes = (): string[] => events.flatMap((event) => (event.kind === 'request' ? [event.outcome] : []));
  const faults = (): string[] => events.flatMap((event) => (event.kind === 'fault' ? [event.fault.kind] : []));

  it('reexecute: runs again, tells the handler that it is the second attempt, and gives both the same keys downstream', async () => {
    const answer = await afterLapse('/reexecute', `r${keys}`);
    expect(answer.json).toEqual({ attempt: 2 });
    const [first, second] = runs;
    expect([first?.attempt, second?.attempt]).toEqual([1, 2]);
    expect(second?.charge).toBe(first?.charge);
    expect(second?.charge).not.toBe(second?.refund);
    expect(second?.charge).toMatch(/^[\w-]{43}$/);
    expect(faults()).toEqual(expect.arrayContaining(['lease-lost', 'lapsed']));
  });

  it('fires the signal of the attempt that lost its lease, and of no other', async () => {
    await afterLapse('/reexecute', `s${keys}`);
    expect(runs.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  it('unknown: says that nobody knows, every time, and never runs again', async () => {
    const answers = [await afterLapse('/unknown', `u${keys}`), await keyed(server, '/unknown', `u${keys}`)];
    for (const answer of answers) {
      expect(answer.status).toBe(409);
      expect(answer.json).toMatchObject({ reason: 'outcome-unknown', retryable: false });
    }
    expect(runs).toHaveLength(1);
    expect(outcomes()).toContain('outcome-unknown');
  });

  it('recover: answers what was found out, keeps it, and does not run again', async () => {
    recovered = () => Promise.resolve({ status: 200, body: { charge: 'ch_1' } });
    const answers = [await afterLapse('/recover', `c${keys}`), await keyed(server, '/recover', `c${keys}`)];
    for (const answer of answers) expect([answer.status, answer.json]).toEqual([200, { charge: 'ch_1' }]);
    expect(answers[1]?.headers.get('idempotency-replayed')).toBe('true');
    expect(runs).toHaveLength(1);
    expect(recoveries).toHaveLength(1);
    const [lapse] = recoveries;
    expect([lapse?.attempt, lapse?.key, lapse?.deriveKey('charge')]).toEqual([2, `c${keys}`, runs[0]?.charge]);
  });

  it('recover: runs again if it says so', async () => {
    recovered = () => Promise.resolve('reexecute');
    expect((await afterLapse('/recover', `d${keys}`)).json).toEqual({ attempt: 2 });
    expect(runs).toHaveLength(2);
  });

  it('recover: is asked again by the next retry where it fails, and nothing runs meanwhile', async () => {
    let asked = 0;
    recovered = () => (++asked === 1 ? Promise.reject(new Error('provider down')) : Promise.resolve({ body: { found: true } }));
    const key = `e${keys}`;
    expect((await afterLapse('/recover', key)).status).toBe(500);
    let again: Answered;
    do again = await keyed(server, '/recover', key);
    while (again.status === 409);
    expect([again.status, again.json]).toEqual([201, { found: true }]);
    expect(runs).toHaveLength(1);
    expect(recoveries.map(({ attempt }) => attempt)).toEqual([2, 3]);
  });

  it('gives a late holder the answer that was first', async () => {
    const key = `l${keys}`;
    const before = pending.length;
    const answer = await afterLapse('/reexecute', key);
    for (const go of letGo.splice(0)) go();
    expect((await pending[before])?.text).toBe(answer.text);
    expect(faults()).toContain('superseded');
  });
});
