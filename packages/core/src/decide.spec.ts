/** The verdict, row by row. */
import { decide, type Found, type Verdict, type Wish } from './decide.js';
import type { Claim } from './ports.js';
import type { Answer, ReadRecord } from './record.js';

const answer: Answer = { status: 201, headers: [], body: Buffer.from('kept') };
const kept: ReadRecord = { kind: 'answer', fingerprint: 'asked', answer };
const unkept: ReadRecord = { kind: 'tombstone', fingerprint: 'asked', loss: 'unkept' };
const unknown: ReadRecord = { kind: 'tombstone', fingerprint: 'asked', loss: 'unknown' };
const value: ReadRecord = { kind: 'value', fingerprint: 'asked', form: 'json', bytes: Buffer.from('1') };
const failure: ReadRecord = { kind: 'failure', fingerprint: 'asked', name: 'Declined', message: 'no' };
const foreignValue: ReadRecord = { ...value, fingerprint: 'other' };
const foreign: ReadRecord = { ...kept, fingerprint: 'other' };
const unreadable: ReadRecord = { kind: 'unreadable' };
const won: Claim = { kind: 'won', attempt: 1 };
const afterLapse: Claim = { kind: 'won', attempt: 2 };
const held: Claim = { kind: 'held', fingerprint: 'asked', leftMs: 70 };
const heldByOther: Claim = { kind: 'held', fingerprint: 'other', leftMs: 70 };
const heldBySomeone: Claim = { kind: 'held', leftMs: 70 };

const plain: Wish = { manual: false, afterLapse: 'reexecute' };
const manual: Wish = { manual: true, afterLapse: 'reexecute' };
const careful: Wish = { manual: false, afterLapse: 'unknown' };

const claim: Verdict = { kind: 'claim' };
const execute = (attempt: number, record?: ReadRecord): Verdict => ({ kind: 'execute', attempt, kept: record }) as Verdict;
const running: Verdict = { kind: 'reject', reason: 'running', retryAfterMs: 70 };
const refused = (reason: string): Verdict => ({ kind: 'reject', reason }) as Verdict;

describe('the verdict', () => {
  it.each<[string, Found, Wish, Verdict]>([
    ['runs what won an empty slot', { claim: won }, plain, execute(1)],
    ['runs again after a lapse where the route wants it', { claim: afterLapse }, plain, execute(2)],
    ['runs no second time after a lapse where nobody may guess', { claim: afterLapse }, careful, refused('unknown')],
    ['runs a first attempt also there', { claim: won }, careful, execute(1)],
    ['replays a kept answer', { record: kept }, plain, { kind: 'replay', answer }],
    ['replays a kept answer also when the slot was claimed', { record: kept, claim: won }, plain, { kind: 'replay', answer }],
    ['tells that an answer was not kept', { record: unkept }, plain, refused('unkept')],
    ['tells that an outcome is unknown', { record: unknown }, plain, refused('unknown')],
    ['tells that it is running, and for how long', { claim: held }, plain, running],
    ['tells that it is running where the lock cannot tell what', { claim: heldBySomeone }, plain, running],
    ['prefers the mismatch while another request runs', { claim: heldByOther }, plain, refused('mismatch')],
    ['prefers the mismatch to a kept answer', { record: foreign }, plain, refused('mismatch')],
    ['never replays and never runs over what it cannot read', { record: unreadable, claim: won }, plain, refused('unreadable')],
    ['runs a manual handler beside a record', { record: kept, claim: won }, manual, execute(1, kept)],
    ['runs a manual handler beside a tombstone', { record: unkept, claim: won }, manual, execute(1, unkept)],
    ['runs manual handlers one at a time', { record: kept, claim: held }, manual, running],
    ['refuses another request under a manual key', { record: foreign, claim: won }, manual, refused('mismatch')],
    ['runs no manual handler over what it cannot read', { record: unreadable, claim: won }, manual, refused('unreadable')],
    [
      'knows how a lapsed manual attempt was preceded',
      { record: kept, claim: afterLapse },
      { manual: true, afterLapse: 'unknown' },
      execute(2, kept),
    ],
    ['refuses a new key for which there is no room', { isFull: true }, plain, refused('full')],
    ['refuses a new manual key for which there is no room', { isFull: true }, manual, refused('full')],
    ['replays whatever room there is', { record: kept, isFull: true }, plain, { kind: 'replay', answer }],
    ['wants to have a value to itself before it is rendered', { record: value }, plain, claim],
    ['wants to have a failure to itself before it is rendered', { record: failure }, careful, claim],
    ['renders a value that it has to itself', { record: value, claim: won }, plain, { kind: 'render', record: value }],
    ['renders a failure that it has to itself', { record: failure, claim: won }, plain, { kind: 'render', record: failure }],
    ['renders a value after any lapse', { record: value, claim: afterLapse }, careful, { kind: 'render', record: value }],
    ['waits while another renders', { record: value, claim: held }, plain, running],
    ['waits while another renders, whatever it was asked', { record: value, claim: heldByOther }, plain, running],
    ['prefers the mismatch to a value', { record: foreignValue }, plain, refused('mismatch')],
    ['prefers the mismatch to a value that it has', { record: foreignValue, claim: won }, plain, refused('mismatch')],
    ['runs a manual handler beside a value', { record: value, claim: won }, manual, execute(1, value)],
    ['runs a manual handler beside a failure', { record: failure, claim: afterLapse }, manual, execute(2, failure)],
    [
      'takes a manual retry for none of another request while one holds the slot',
      { record: kept, claim: heldByOther },
      manual,
      running,
    ],
  ])('%s', (_, found, wish, verdict) => {
    expect(decide('asked', found, wish)).toEqual(verdict);
  });

  it('has an answer also when nothing was found', () => {
    expect(decide('asked', {}, plain)).toEqual({ kind: 'reject', reason: 'running', retryAfterMs: 0 });
  });

  describe.each([undefined, kept, unkept, unknown, value, failure, foreign, foreignValue, unreadable])(
    'for the record %j',
    (record) => {
      const mine = record !== undefined && record.kind !== 'unreadable' && record.fingerprint === 'asked';
      const unrendered = mine && (record.kind === 'value' || record.kind === 'failure');
      const cases = [undefined, won, afterLapse, held, heldByOther, heldBySomeone].flatMap((asked) =>
        [plain, manual, careful, { ...manual, afterLapse: 'unknown' } as const].map((wish) => [asked, wish] as const),
      );

      it.each(cases)('and the claim %j, wished %j', (found, wish) => {
        const verdict = decide('asked', { record, claim: found }, wish);
        const isWon = found?.kind === 'won';
        const mayRun = record === undefined || (mine && wish.manual);
        if (verdict.kind === 'execute') expect([isWon, mayRun, verdict.kept]).toEqual([true, true, record]);
        expect(verdict.kind === 'replay').toBe(mine && record.kind === 'answer' && !wish.manual);
        expect(verdict.kind === 'render').toBe(unrendered && isWon && !wish.manual);
        expect(verdict.kind === 'claim').toBe(unrendered && found === undefined && !wish.manual);
        const reason = verdict.kind === 'reject' ? verdict.reason : undefined;
        expect(reason === 'unreadable').toBe(record?.kind === 'unreadable');
        if (record !== undefined && record.kind !== 'unreadable' && !mine) expect(reason).toBe('mismatch');
        // Only a handler's lapse makes an outcome unknown: never one beside a record.
        if (reason === 'unknown') expect(record === unknown || (record === undefined && isWon && found.attempt > 1)).toBe(true);
        if (reason === 'running') expect(isWon).toBe(false);
      });
    },
  );
});
