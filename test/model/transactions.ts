/** The protocol in the application's own transaction: no leases, effect and record are one commit. */
import type { Promised } from './invariants.js';
import type { Space } from './explore.js';

/** The rules of the transactional mode, each of which can be left out. */
export interface TransactionalProtocol {
  /** Only one open transaction holds the slot. */
  readonly excludes: boolean;
  /** The slot is looked at after it is held, not before. */
  readonly looksAfterLock: boolean;
  readonly writesOnce: boolean;
  /** Who finds the slot taken when it saves is rolled back. */
  readonly rollsBackWhenTaken: boolean;
  /** Effect and record are one commit; otherwise the effect is committed first. */
  readonly commitsTogether: boolean;
}

/** The transactional mode of the library. */
export const ourTransactions: TransactionalProtocol = {
  excludes: true,
  looksAfterLock: true,
  writesOnce: true,
  rollsBackWhenTaken: true,
  commitsTogether: true,
};

type Step = 'new' | 'look' | 'lock' | 'run' | 'save' | 'commit' | 'commitRecord' | 'done' | 'dead';

interface Delivery {
  readonly step: Step;
  /** What its client heard: the delivery whose answer it was, an error of ours, or nothing. */
  readonly answer: number | 'refused' | undefined;
  /** It inserted the record, in a transaction that is still open. */
  readonly inserted: boolean;
}

/** What is committed, who holds the slot, and the deliveries. */
export interface TransactionalWorld {
  readonly record: number | undefined;
  readonly effects: readonly number[];
  readonly holder: number | undefined;
  readonly deliveries: readonly Delivery[];
}

type W = TransactionalWorld;

function withDelivery(world: W, i: number, change: Partial<Delivery>): W {
  return { ...world, deliveries: world.deliveries.map((one, j) => (i === j ? { ...one, ...change } : one)) };
}

/** The transaction of `i` ends: whatever was not committed is gone, and the slot is free. */
const ended = (world: W, i: number, change: Partial<Delivery>): W =>
  withDelivery({ ...world, holder: world.holder === i ? undefined : world.holder }, i, { ...change, inserted: false });

function movesOf(world: W, i: number, protocol: TransactionalProtocol): { label: string; world: W }[] {
  const self = world.deliveries[i] as Delivery;
  const found: { label: string; world: W }[] = [];
  const to = (label: string, after: W) => found.push({ label: `${String(i)} ${label}`, world: after });
  const refused = { step: 'done', answer: 'refused' } as const;
  const replay = () => to('replays', ended(world, i, { step: 'done', answer: world.record }));
  const afterLook = protocol.looksAfterLock ? 'run' : 'lock';
  const afterLock = protocol.looksAfterLock ? 'look' : 'run';
  switch (self.step) {
    case 'new':
      to('comes in', withDelivery(world, i, { step: protocol.looksAfterLock ? 'lock' : 'look' }));
      return found;
    case 'lock':
      if (world.holder === undefined || !protocol.excludes)
        to('holds the slot', withDelivery({ ...world, holder: i }, i, { step: afterLock }));
      else to('is told to come again', withDelivery(world, i, refused));
      break;
    case 'look':
      if (world.record !== undefined) replay();
      else to('finds nothing', withDelivery(world, i, { step: afterLook }));
      break;
    case 'run':
      to('makes its effect', withDelivery(world, i, { step: 'save' }));
      to('fails and is rolled back', ended(world, i, refused));
      break;
    case 'save': {
      // An insert waits for an open transaction that inserted the same slot.
      if (protocol.writesOnce && world.deliveries.some(({ inserted }) => inserted)) break;
      const isTaken = protocol.writesOnce && world.record !== undefined;
      if (isTaken && protocol.rollsBackWhenTaken) replay();
      else if (isTaken) to('keeps its effect beside the record', withDelivery(world, i, { step: 'commit' }));
      else to('inserts its record', withDelivery(world, i, { step: 'commit', inserted: true }));
      break;
    }
    case 'commit': {
      const effects = [...world.effects, i].sort();
      const answer = { step: 'done', answer: self.inserted ? i : world.record } as const;
      if (!protocol.commitsTogether) {
        to('commits its effect', withDelivery({ ...world, effects }, i, { step: 'commitRecord' }));
        break;
      }
      const after = { ...world, effects, record: self.inserted ? i : world.record };
      to('commits', ended(after, i, answer));
      to('commits: reply lost', ended(after, i, refused));
      break;
    }
    case 'commitRecord':
      to('commits its record', ended({ ...world, record: world.record ?? i }, i, { step: 'done', answer: world.record ?? i }));
      break;
    case 'done':
    case 'dead':
      return found;
  }
  to('is killed and rolled back', ended(world, i, { step: 'dead' }));
  to('loses its connection and is rolled back', ended(world, i, refused));
  return found;
}

function brokenIn({ record, effects, deliveries }: W): Promised | undefined {
  if (effects.length > 1) return 'S6';
  const isBetweenCommits = deliveries.some(({ step }) => step === 'commitRecord');
  if (!isBetweenCommits && effects[0] !== record) return 'S6';
  return deliveries.some(({ answer }) => typeof answer === 'number' && answer !== record) ? 'S2' : undefined;
}

/** All worlds of `deliveries` requests under a transactional protocol. */
export function transactionalSpace(deliveries: number, protocol: TransactionalProtocol): Space<W, Promised> {
  const fresh: Delivery = { step: 'new', answer: undefined, inserted: false };
  return {
    first: { record: undefined, effects: [], holder: undefined, deliveries: Array.from({ length: deliveries }, () => fresh) },
    keyOf: (world) => JSON.stringify([world.record, world.effects, world.holder, world.deliveries]),
    moves: (world) => world.deliveries.flatMap((_, i) => movesOf(world, i, protocol)),
    brokenIn,
    brokenBy: (before, after) => (before.record !== undefined && after.record !== before.record ? 'S1' : undefined),
  };
}
