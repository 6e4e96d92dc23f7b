/** Schedules of the engine alone: a client is a call of `run`, its handler is served as a shell would. */
import type { Answer, Terms, Turn } from '@nestjs-idempotency/core';
import { allOf, SHOWN, valueShown } from './execution-in.js';
import { LEASE_MS, type PlannedDelivery } from './plan.js';
import { HandlerFailed, type Heard, HOLD_AT_MOST_MS, KEEP_MS, Play, type Player, type Process, SLOT } from './play.js';

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
      transactional: this.plan.isTransactional,
    };
    const told = engine.run({ slot: SLOT, fingerprint }, terms, (turn) => this.#serve(turn, delivery, name, isDead));
    return told.catch((error: unknown): Heard => ({
      kind: 'refusal',
      reason: error instanceof Error ? error.name : 'not an error',
    }));
  }

  async #serve(turn: Turn, delivery: PlannedDelivery, name: string, isDead: () => boolean): Promise<Heard> {
    // The engine alone keeps nothing unrendered, so that there is nothing to render.
    if (turn.kind === 'render') throw new Error('There is nothing to render.');
    if (turn.kind === 'reject') return { kind: 'refusal', reason: turn.reason };
    if (turn.kind === 'replay') return heardIn(turn.answer, 'replay');
    const { attempt } = turn;
    const { fingerprint } = delivery;
    const end = this.runs.begin(isDead);
    try {
      await this.handle(delivery, name, isDead).finally(end);
    } catch (error) {
      if (!(error instanceof HandlerFailed)) throw error;
      await attempt.giveUp();
      return { kind: 'refusal', reason: 'handler failed' };
    }
    const answer = { status: 201, headers: [], body: Buffer.from(`${SHOWN}${name}`) };
    const kept = await attempt.keep({ kind: 'answer', fingerprint, answer });
    if (kept.kind === 'unkept') return { kind: 'refusal', reason: 'unkept' };
    if (kept.kind !== 'superseded') return heardIn(answer, kept.kind);
    const { record } = kept;
    if (record.kind !== 'answer') return { kind: 'refusal', reason: record.kind };
    if (record.fingerprint !== fingerprint) return { kind: 'refusal', reason: 'mismatch' };
    return heardIn(record.answer, 'superseded');
  }
}

function heardIn({ status, body }: Answer, how: (Heard & { kind: 'answer' })['how']): Heard {
  const shown = { status, type: '', body: Buffer.from(body).toString() };
  const value = valueShown(shown);
  return value === undefined ? { kind: 'refusal', reason: allOf(shown) } : { kind: 'answer', value, shown: allOf(shown), how };
}
