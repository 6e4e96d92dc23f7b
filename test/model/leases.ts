/** The protocol with leases: every step that a delivery, the store, the network or a kill may take from a world. */
import type { Space } from './explore.js';
import { brokenBy, brokenIn, type Promised } from './invariants.js';
import type { Protocol } from './protocol.js';
import { acquire, fingerprintOf, lapse, release, renew, save } from './slot.js';
import { emptyWorld, keyOf, NONE, REFUSED, STRAY, TOMB, withDelivery, type Delivery, type Step, type World } from './world.js';

/** One step and the world after it. */
export interface Move {
  readonly label: string;
  readonly world: World;
}

type StrayKind = keyof typeof STRAY;

const STRAYS = Object.entries(STRAY);
const HOLDING: readonly Step[] = ['look', 'run', 'save', 'resave'];
const GONE: readonly Step[] = ['new', 'done', 'dead'];

/** All moves of one delivery, the moves of its messages, and its death. */
class Moves {
  readonly moves: Move[] = [];

  constructor(
    private readonly world: World,
    private readonly i: number,
    private readonly protocol: Protocol,
  ) {}

  private get self(): Delivery {
    return this.world.deliveries[this.i] as Delivery;
  }

  private to(label: string, change: Partial<Delivery>, world = this.world): void {
    this.moves.push({ label: `${this.i} ${label}`, world: withDelivery(world, this.i, change) });
  }

  /** A message goes through, or its sender hears nothing: it was lost, it was carried out, or it is still under way. */
  private send(kind: StrayKind, label: string, after: World, heard: Partial<Delivery>, unheard: Partial<Delivery>): void {
    this.to(label, heard, after);
    this.to(`${label}: request lost`, unheard);
    this.to(`${label}: reply lost`, unheard, after);
    if (this.protocol.messagesStray) this.to(`${label}: under way`, { ...unheard, strays: this.self.strays | STRAY[kind] });
  }

  private answered(told: number, deferred = false): Partial<Delivery> {
    const { comparesFoundFingerprint, comparesToldFingerprint } = this.protocol;
    const mine = fingerprintOf(this.i, this.world, this.protocol);
    const compares =
      this.self.step === 'release' || this.self.step === 'save' ? comparesToldFingerprint : comparesFoundFingerprint;
    const isRefused = told >= TOMB || (compares && fingerprintOf(told, this.world, this.protocol) !== mine);
    return { answer: isRefused ? REFUSED : told, deferred };
  }

  private failedOpen(): Partial<Delivery> {
    const { afterFailedOpen } = this.protocol;
    return afterFailedOpen === 'lapse'
      ? { step: 'done', answer: REFUSED }
      : { step: afterFailedOpen === 'release' ? 'giveUp' : 'reopen', answer: REFUSED };
  }

  private run(attempt: number): void {
    const reported = attempt > 1 || this.self.reported;
    const step = attempt > 1 && this.protocol.afterLapse === 'unknown' ? 'bury' : 'run';
    this.to(attempt > 1 ? 'reports a lapse' : 'finds nothing', { step, reported });
  }

  /** What this delivery may do next. */
  own(): void {
    const { world, i, protocol, self } = this;
    const done = { step: 'done' } as const;
    switch (self.step) {
      case 'new':
        if (i === 0 || world.deliveries[i - 1]?.step !== 'new') this.to('comes in', { step: 'ask' });
        return;
      case 'ask':
        if (world.record !== NONE) this.to('replays', { ...done, ...this.answered(world.record) });
        else this.to('finds nothing', { step: 'claim' });
        return;
      case 'claim': {
        const { world: after, attempt } = acquire(world, i, protocol);
        if (attempt === 0) {
          this.to('waits', { step: 'ask' });
          this.to('is told to come again', { ...done, answer: REFUSED });
        } else this.send('acquire', `wins as ${String(attempt)}`, after, { step: 'look', attempt }, this.failedOpen());
        return;
      }
      case 'look':
        if (protocol.looksAfterClaim && world.record !== NONE) this.to('finds a record', { step: 'release', told: world.record });
        else this.run(self.attempt);
        this.to('cannot look', this.failedOpen());
        return;
      case 'run':
        this.to('makes its effect', { step: protocol.savesBeforeRelease ? 'save' : 'release', effected: true, told: i });
        this.to('fails without effect', { step: 'giveUp', answer: REFUSED });
        return;
      case 'save': {
        const saved = save(world, i, protocol);
        const told = protocol.lateHolderAnswersRecord ? saved.told : i;
        const heard = protocol.savesBeforeRelease
          ? ({ step: 'release', told } as const)
          : ({ ...done, ...this.answered(told) } as const);
        const later = protocol.keepsLeaseOnFailedSave ? 'resave' : 'giveUp';
        this.send('save', 'saves', saved.world, heard, { step: later, ...this.answered(i, true) });
        return;
      }
      case 'resave': {
        const saved = save(world, i, protocol);
        this.send('save', 'saves at last', saved.world, { step: 'giveUp' }, {});
        this.to('gives up saving', done);
        return;
      }
      case 'release': {
        const next = protocol.savesBeforeRelease ? { ...done, ...this.answered(self.told) } : ({ step: 'save' } as const);
        this.send('release', 'releases', release(world, i, protocol), next, next);
        return;
      }
      case 'giveUp':
        this.send('release', 'releases', release(world, i, protocol), done, done);
        return;
      case 'reopen': {
        const { world: after, attempt } = acquire(world, i, protocol);
        if (attempt === 0) this.to('finds another holder', done);
        else this.send('acquire', 'asks again', after, attempt === 1 ? { step: 'giveUp' } : done, done);
        return;
      }
      case 'bury':
        this.send(
          'save',
          'writes a tombstone',
          save(world, TOMB + i, protocol).world,
          { step: 'giveUp', answer: REFUSED },
          {
            ...done,
            answer: REFUSED,
          },
        );
        return;
      case 'done':
      case 'dead':
    }
  }

  /** What may happen to this delivery without its doing. */
  others(): void {
    const { world, i, protocol, self } = this;
    if (HOLDING.includes(self.step)) {
      const renewed = renew(world, i, protocol);
      if (renewed !== world) this.to('renews', {}, renewed);
    }
    if (!GONE.includes(self.step)) this.to('is killed', { step: 'dead' });
    for (const [kind, bit] of STRAYS) {
      if (!(self.strays & bit)) continue;
      const strays = self.strays & ~bit;
      const after =
        kind === 'acquire'
          ? acquire(world, i, protocol).world
          : kind === 'release'
            ? release(world, i, protocol)
            : save(world, self.effected ? i : TOMB + i, protocol).world;
      this.to(`late ${kind} arrives`, { strays }, after);
      this.to(`late ${kind} is lost`, { strays });
    }
  }
}

/** Every move from `world`. */
export function leaseMoves(world: World, protocol: Protocol): Move[] {
  const moves = world.deliveries.flatMap((_, i) => {
    const of = new Moves(world, i, protocol);
    of.own();
    of.others();
    return of.moves;
  });
  if (world.live) moves.push({ label: `the lease of ${String(world.holder)} lapses`, world: lapse(world) });
  return moves;
}

/** All worlds of `deliveries` requests under a protocol with leases. */
export function leaseSpace(deliveries: number, protocol: Protocol): Space<World, Promised> {
  return {
    first: emptyWorld(deliveries),
    keyOf: (world) => keyOf(world, protocol.lastAsksOtherwise ? deliveries - 1 : deliveries),
    moves: (world) => leaseMoves(world, protocol),
    brokenIn: (world) => brokenIn(world, protocol),
    brokenBy,
  };
}
