/** The contract of `IdempotencyStorage`: a register that is written once. */
import assert from 'node:assert/strict';
import { type IdempotencyStorage, kinds, type Saved } from '@nestjs-idempotency/core';
import { casesOf, type Case, type Clause, type MakeRig, type Rig } from './case.js';
import { CROWD, groundOf, LONG_MS, newRecord, newSlot, TIME_KINDS, type Ground, type TimeDifferences } from './ground.js';

/** Where a storage differs from the port. */
export interface StorageDifferences extends TimeDifferences {
  /** `false` for a store without an atomic write (a cache): it must be paired with a lock, and only one of its savers at a time is promised to be right. */
  readonly excludes?: false;
}

interface StorageGround extends Ground<IdempotencyStorage> {
  readonly excludes: boolean;
}

/** Equal bytes, whatever kind of byte array the storage gives. */
export function sameBytes(actual: Uint8Array | undefined, expected: Uint8Array): void {
  assert.ok(actual instanceof Uint8Array, 'the slot holds no record');
  assert.ok(Buffer.from(actual).equals(expected), 'the record has other bytes than were saved');
}

function taken(saved: Saved): Uint8Array {
  assert.equal(saved.kind, 'taken');
  return saved.record;
}

const clauses: Clause<StorageGround>[] = [
  {
    quotes: 'What the slot holds; `undefined` when it is empty',
    behaviour: 'finds nothing in an empty slot, and the record from any connection once it is saved',
    async check({ connect }) {
      const [here, there, slot, record] = [await connect(), await connect(), newSlot(), newRecord()];
      assert.equal(await here.find(slot), undefined);
      assert.deepEqual(await here.save(slot, record, LONG_MS), { kind: 'saved' });
      sameBytes(await there.find(slot), record);
      assert.equal(await there.find(newSlot()), undefined);
    },
  },
  {
    quotes: 'A storage gives back the very bytes it was given.',
    behaviour: 'gives back every byte value, an empty record, and a megabyte',
    async check({ connect }) {
      const storage = await connect();
      for (const record of [newRecord(256), newRecord(0), newRecord(1), newRecord(1 << 20)]) {
        const slot = newSlot();
        await storage.save(slot, record, LONG_MS);
        sameBytes(await storage.find(slot), record);
        sameBytes(taken(await storage.save(slot, newRecord(), LONG_MS)), record);
      }
    },
  },
  {
    quotes: "They are the caller's own: who changes them changes no record.",
    behaviour: 'gives bytes that may be changed by whoever asked, and gives the record again as it was saved',
    async check({ connect }) {
      const [storage, slot, record] = [await connect(), newSlot(), newRecord(5_000)];
      await storage.save(slot, Uint8Array.from(record), LONG_MS);
      (await storage.find(slot))?.fill(120);
      taken(await storage.save(slot, newRecord(), LONG_MS)).fill(120);
      sameBytes(await storage.find(slot), record);
    },
  },
  {
    quotes: 'opaque bytes',
    behaviour: 'does not read the bytes: text, JSON, broken UTF-8 and zeros come back alike',
    async check({ connect }) {
      const storage = await connect();
      const records = ['null', '{"a":1}', '', '\0\0', '\r\n'].map((text) => new TextEncoder().encode(text));
      for (const record of [...records, Uint8Array.of(0xff, 0xfe, 0xc0, 0x80)]) {
        const slot = newSlot();
        await storage.save(slot, record, LONG_MS);
        sameBytes(await storage.find(slot), record);
      }
    },
  },
  {
    quotes: 'a printable digest of key, scope and operation, at most 128 characters',
    behaviour: 'keeps slots of 128 characters apart that differ in the last one, or in case only',
    async check({ connect }) {
      const storage = await connect();
      const stem = (newSlot() + newSlot() + newSlot() + newSlot()).slice(0, 127);
      const slots = [`${stem}a`, `${stem}A`, `${stem}-`, `${stem}=`, stem, newSlot().slice(0, 20)];
      const records = slots.map(() => newRecord());
      for (const [i, slot] of slots.entries())
        assert.deepEqual(await storage.save(slot, records[i] as Uint8Array, LONG_MS), { kind: 'saved' });
      for (const [i, slot] of slots.entries()) sameBytes(await storage.find(slot), records[i] as Uint8Array);
    },
  },
  {
    quotes: 'or its record has expired',
    behaviour: 'finds a record for keepMs and no longer',
    async check({ connect, time, coarseMs, shortMs }) {
      const [storage, slot, record] = [await connect(), newSlot(), newRecord()];
      const before = time.now();
      await storage.save(slot, record, shortMs);
      const after = time.now();
      for (;;) {
        const askedAt = time.now();
        const found = await storage.find(slot);
        if (found === undefined) break;
        sameBytes(found, record);
        assert.ok(askedAt < after + shortMs + coarseMs, 'the record outlived keepMs');
        await time.pass(10);
      }
      assert.ok(time.now() >= before + shortMs - coarseMs, 'the record was dropped before keepMs were over');
    },
  },
  {
    quotes: 'Saves `record` for `keepMs` if the slot is empty',
    behaviour: 'keeps a record for 60 days, which is more than a 32-bit timer holds, and counts an expired slot as empty',
    async check({ connect, time, coarseMs, shortMs }) {
      const [storage, slot, record] = [await connect(), newSlot(), newRecord()];
      await storage.save(slot, newRecord(), shortMs);
      await time.pass(shortMs + coarseMs);
      assert.deepEqual(await storage.save(slot, record, 60 * 24 * 3_600_000), { kind: 'saved' });
      await time.pass(coarseMs + 1);
      sameBytes(await storage.find(slot), record);
    },
  },
  {
    quotes: 'otherwise leaves it and tells what it holds',
    behaviour: 'leaves the first record, for as long as it was saved for, and tells it to every later saver',
    async check({ connect, time, coarseMs, shortMs }) {
      const [here, there, slot, first] = [await connect(), await connect(), newSlot(), newRecord()];
      await here.save(slot, first, shortMs);
      const savedAt = time.now();
      const late = await there.save(slot, newRecord(), LONG_MS);
      if (late.kind === 'taken') sameBytes(late.record, first);
      else assert.ok(time.now() >= savedAt + shortMs - coarseMs, 'a second record was saved over the first');
      await time.pass(shortMs + coarseMs);
      if (late.kind === 'taken') assert.equal(await here.find(slot), undefined, 'a refused save prolonged the record');
    },
  },
  {
    quotes: 'The slot was not empty; `record` is what it holds.',
    behaviour: 'tells a saver that repeats itself its own record',
    async check({ connect }) {
      const [storage, slot, record] = [await connect(), newSlot(), newRecord()];
      await storage.save(slot, record, LONG_MS);
      const again = await storage.save(slot, record, LONG_MS);
      if (again.kind === 'taken') sameBytes(again.record, record);
      sameBytes(await storage.find(slot), record);
    },
  },
  {
    quotes: 'Of any number of concurrent callers exactly one saves, and all others are told its record.',
    behaviour: `lets one of ${CROWD} concurrent savers on several connections save, and tells all of them who did`,
    async check({ crowd, excludes }) {
      for (let round = 0; round < 5; round++) {
        const [slot, savers] = [newSlot(), await crowd()];
        const records = savers.map(() => newRecord());
        const told = await Promise.all(savers.map(async (saver, i) => saver.save(slot, records[i] as Uint8Array, LONG_MS)));
        const saved = told.flatMap(({ kind }, i) => (kind === 'saved' ? [i] : []));
        const kept = await (savers[0] as IdempotencyStorage).find(slot);
        if (!excludes) {
          assert.ok(
            records.some((record) => Buffer.from(record).equals(kept ?? new Uint8Array())),
            'nobody’s record was kept',
          );
          continue;
        }
        assert.equal(saved.length, 1, `${String(saved.length)} savers were told that they saved`);
        const winner = records[saved[0] as number] as Uint8Array;
        sameBytes(kept, winner);
        for (const answer of told) if (answer.kind === 'taken') sameBytes(answer.record, winner);
      }
    },
  },
  {
    quotes: 'puts `record` in the place of what the slot holds, for `keepMs`',
    behaviour: 'replaces a record and its end, and fills an empty slot',
    async check({ connect, time, coarseMs, shortMs }) {
      const [here, there, slot, second] = [await connect(), await connect(), newSlot(), newRecord()];
      await here.save(slot, newRecord(), shortMs);
      await there.replace(slot, second, LONG_MS);
      await time.pass(shortMs + coarseMs);
      sameBytes(await here.find(slot), second);
      await here.replace(slot, newRecord(), shortMs);
      await time.pass(shortMs + coarseMs);
      assert.equal(await there.find(slot), undefined);
      await there.replace(slot, second, LONG_MS);
      sameBytes(await here.find(slot), second);
      sameBytes(taken(await here.save(slot, newRecord(), LONG_MS)), second);
    },
  },
  {
    quotes: 'Keeps a place for the record of `slot` for `forMs`, where it has neither; says whether there is one.',
    behaviour: 'says that there is a place for a slot that has one, and for one that holds a record, if it has a bound at all',
    async check({ connect }) {
      const [storage, slot, record] = [await connect(), newSlot(), newRecord()];
      if (!storage.reserve) return;
      assert.equal(await storage.reserve(slot, LONG_MS), true);
      assert.equal(await storage.reserve(slot, LONG_MS), true);
      assert.equal(await storage.find(slot), undefined, 'a place is no record');
      assert.deepEqual(await storage.save(slot, record, LONG_MS), { kind: 'saved' });
      assert.equal(await storage.reserve(slot, LONG_MS), true);
      sameBytes(await storage.find(slot), record);
    },
  },
  {
    quotes: 'Asked before a slot is claimed, and whenever its lease is renewed. Absent where there is always room.',
    behaviour: 'keeps what is saved without a place',
    async check({ connect }) {
      const [storage, slot, record] = [await connect(), newSlot(), newRecord()];
      assert.deepEqual(await storage.save(slot, record, LONG_MS), { kind: 'saved' });
      sameBytes(await storage.find(slot), record);
    },
  },
  {
    quotes: 'Gives the place of a slot back that has no record; otherwise changes nothing.',
    behaviour:
      'forgets no record with a place that is given back, and takes back one that was never given, if it has a bound at all',
    async check({ connect }) {
      const [storage, slot, record] = [await connect(), newSlot(), newRecord()];
      if (!storage.vacate) return;
      await storage.vacate(newSlot());
      await storage.save(slot, record, LONG_MS);
      await storage.vacate(slot);
      sameBytes(await storage.find(slot), record);
    },
  },
  {
    quotes:
      'Calls `listener` with the slot of each record that is dropped before its end, until what it returned, if anything, is called. Absent where none ever is.',
    behaviour: 'tells of no record that is there, or that has ended',
    async check({ connect, time, coarseMs, shortMs }) {
      const [storage, ended] = [await connect(), newSlot()];
      const tells = storage.onDrop?.((slot) => {
        assert.notEqual(slot, ended);
      });
      await storage.save(ended, newRecord(), shortMs);
      await time.pass(shortMs + coarseMs);
      assert.equal(await storage.find(ended), undefined);
      tells?.();
    },
  },
];

const KINDS: kinds.KindsOf<StorageDifferences> = { ...TIME_KINDS, excludes: kinds.bool };

/** Every clause of `IdempotencyStorage` as a case. */
export function storageContract(make: MakeRig<Rig<IdempotencyStorage>>, differences: StorageDifferences = {}): Case[] {
  kinds.optionsOf('storageContract', differences, KINDS);
  return casesOf('storageContract', clauses, make, (rig) => ({
    ...groundOf(rig, differences),
    excludes: differences.excludes ?? true,
  }));
}
