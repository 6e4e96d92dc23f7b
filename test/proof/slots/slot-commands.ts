/** The calls of a backend as fast-check commands: each is made on the model and on the real store, and both must say the same. */
import assert from 'node:assert/strict';
import type { IdempotencyBackend, Lease } from '@nestjs-idempotency/core';
import type { Time } from '@nestjs-idempotency/testing';
import fc from 'fast-check';
import type { SlotModel } from './slot-model.js';

/** A real store, reached over several connections. */
export interface RealSlot {
  readonly slot: string;
  readonly connections: readonly IdempotencyBackend[];
  readonly time: Time;
  /** Longer than the store's clock is coarse. */
  readonly lapseMs: number;
}

type Command = fc.AsyncCommand<SlotModel, RealSlot>;

/** Nothing ends by itself while a sequence runs; what shall end is given one millisecond, and time passes. */
const LONG_MS = 3_600_000;

interface Call {
  /** Which of three requests calls, and over which connection. */
  readonly who: number;
  readonly over: number;
}

const leaseOf = ({ slot }: RealSlot, who: number): Lease => ({
  slot,
  token: `token-${who}-${slot}`,
  fingerprint: `asked-${who}`,
});
const over = (real: RealSlot, { over: index }: Call) => real.connections[index % real.connections.length] as IdempotencyBackend;
const bytes = (record: string): Uint8Array => new TextEncoder().encode(record);
const text = (record: Uint8Array | undefined) => record && new TextDecoder().decode(record);

/** The same token does not ask again after its own lapse: ports leave open what its attempt is then. */
const mayAsk = ({ holder }: SlotModel, slotToken: string) => holder?.isLive !== false || !holder.token.startsWith(slotToken);

class Open implements Command {
  constructor(
    private readonly call: Call,
    private readonly evenIfKept: boolean,
    private readonly lapses: boolean,
  ) {}

  check = (model: Readonly<SlotModel>) => mayAsk(model as SlotModel, `token-${this.call.who}-`);

  async run(model: SlotModel, real: RealSlot): Promise<void> {
    const lease = leaseOf(real, this.call.who);
    const backend = over(real, this.call);
    const expected = model.open(lease.token, lease.fingerprint, this.evenIfKept);
    const opened = await backend.open(lease, this.lapses ? 1 : LONG_MS, LONG_MS, this.evenIfKept);
    const isWon = expected.claim?.kind === 'won';
    // Whoever is told that the slot is held need not be told its record.
    if (expected.claim?.kind !== 'held') assert.equal(text(opened.record), expected.record);
    if (expected.claim?.kind === 'held') {
      assert.equal(opened.claim?.kind, 'held');
      assert.equal(opened.claim.fingerprint, expected.claim.fingerprint);
    } else if (isWon) {
      assert.equal(opened.claim?.kind, 'won');
      // Beside a record nobody needs the count.
      if (expected.record === undefined) assert.deepEqual(opened.claim, expected.claim);
    } else assert.notEqual(opened.claim?.kind, 'won');
    if (!this.lapses || !isWon) return;
    model.lapse();
    await real.time.pass(real.lapseMs);
  }

  toString = () => `open(${this.call.who}${this.evenIfKept ? ', even if kept' : ''})${this.lapses ? ' and lapse' : ''}`;
}

class Renew implements Command {
  constructor(private readonly call: Call) {}
  check = () => true;
  async run(model: SlotModel, real: RealSlot): Promise<void> {
    const lease = leaseOf(real, this.call.who);
    assert.equal(await over(real, this.call).renew(lease, LONG_MS), model.renew(lease.token));
  }
  toString = () => `renew(${this.call.who})`;
}

class Release implements Command {
  constructor(private readonly call: Call) {}
  check = () => true;
  async run(model: SlotModel, real: RealSlot): Promise<void> {
    const lease = leaseOf(real, this.call.who);
    model.release(lease.token);
    await over(real, this.call).release(lease);
  }
  toString = () => `release(${this.call.who})`;
}

class Settle implements Command {
  constructor(
    private readonly call: Call,
    private readonly record: string,
    private readonly how: 'settle' | 'resettle',
    private readonly expires: boolean,
  ) {}

  check = () => true;

  async run(model: SlotModel, real: RealSlot): Promise<void> {
    const lease = leaseOf(real, this.call.who);
    const keepMs = this.expires ? 1 : LONG_MS;
    const backend = over(real, this.call);
    const held = model[this.how](lease.token, this.record);
    const saved = await backend[this.how](lease, bytes(this.record), keepMs);
    const isWritten = held === undefined;
    // Who saves the same bytes again may be told either.
    if (held !== this.record) assert.equal(saved.kind, isWritten ? 'saved' : 'taken');
    if (saved.kind === 'taken') assert.equal(text(saved.record), held);
    if (!this.expires || !isWritten) return;
    model.expire();
    await real.time.pass(real.lapseMs);
  }

  toString = () => `${this.how}(${this.call.who}, ${this.record})${this.expires ? ' and expire' : ''}`;
}

const call = fc.record({ who: fc.nat(2), over: fc.nat(4) });
const rarely = fc.nat(3).map((n) => n === 0);

/** Sequences of calls by three requests over several connections. */
export const slotCommands = fc.commands<SlotModel, RealSlot, false>(
  [
    fc.tuple(call, rarely, rarely).map(([who, even, lapses]) => new Open(who, even, lapses)),
    call.map((who) => new Renew(who)),
    call.map((who) => new Release(who)),
    fc
      .tuple(call, fc.constantFrom('red', 'green'), fc.constantFrom('settle', 'settle', 'resettle'), rarely)
      .map(([who, record, how, expires]) => new Settle(who, record, how, expires)),
  ],
  { maxCommands: 25 },
);
