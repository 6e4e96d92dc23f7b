/** Schedules of the engine alone: a client is a call of `run`, its handler is served as a shell would. */
import type { Terms, Turn } from '@nestjs-idempotency/core';
import { LEASE_MS, type PlannedDelivery } from './plan.js';
import { HandlerFailed, type Heard, HOLD_AT_MOST_MS, KEEP_MS, Play, type Player, type Process, SLOT, textOf } from './play.js';

/** Plays a schedule on the real engine. */
export const playEngine: Player = (scheduler, plan) => new EnginePlay(scheduler, plan).toTheEnd();

class EnginePlay extends Play {
  protected deliver(delivery: PlannedDelivery, name: string, { engine, isDead }: Process): Promise<Heard> {
    const { fingerprint, waitMs } = delivery;
    const terms: Terms = {
      manual: false,
      afterLapse: this.plan.afterLapse,
      leaseMs: LEASE_MS,
      keepMs: KEEP_MS,
      waitMs,
      holdAtMostMs: HOLD_AT_MOST_MS,
      transactional: false,
    };
    const told = engine.run({ slot: SLOT, fingerprint }, terms, (turn) => this.#serve(turn, delivery, name, isDead));
    return told.catch((error: unknown): Heard => ({
      kind: 'refusal',
      reason: error instanceof Error ? error.name : 'not an error',
    }));
  }

  async #serve(turn: Turn, delivery: PlannedDelivery, name: string, isDead: () => boolean): Promise<Heard> {
    if (turn.kind === 'reject') return { kind: 'refusal', reason: turn.reason };
    if (turn.kind === 'replay') return { kind: 'answer', value: textOf(turn.answer.body), how: 'replay' };
    const { attempt } = turn;
    const { fingerprint } = delivery;
    try {
      await this.handle(delivery, name, isDead);
    } catch (error) {
      if (!(error instanceof HandlerFailed)) throw error;
      await attempt.giveUp();
      return { kind: 'refusal', reason: 'handler failed' };
    }
    const answer = { status: 201, headers: [], body: Buffer.from(name) };
    const kept = await attempt.keep({ kind: 'answer', fingerprint, answer });
    if (kept.kind === 'unkept') return { kind: 'refusal', reason: 'unkept' };
    if (kept.kind !== 'superseded') return { kind: 'answer', value: name, how: kept.kind };
    const { record } = kept;
    if (record.kind !== 'answer') return { kind: 'refusal', reason: record.kind };
    if (record.fingerprint !== fingerprint) return { kind: 'refusal', reason: 'mismatch' };
    return { kind: 'answer', value: textOf(record.answer.body), how: 'superseded' };
  }
}
