/** Compares what clients were told with what is in the tables. */
import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { judge, type Judgement } from '../../proof/check-history.js';
import { type HistoryEvent, historyWriter, readHistory } from '../../proof/history.js';
import type { Subject } from './subject.js';

export interface Comparison extends Judgement {
  /** Requests that were told to try again. */
  readonly refusals: number;
  readonly gone: number;
  /** Effects beyond the first of their key. */
  readonly duplicates: number;
  /** Answers that name an execution whose effect is not there. */
  readonly lost: number;
  /** Whether every account holds what the effects say. */
  readonly isBalanced: boolean | undefined;
}

/** Completes the file `history` by the effects, and by the lapses that processes noted down, and judges it. */
export async function compare(subject: Subject, pool: pg.Pool, history: string, lapses: string): Promise<Comparison> {
  const write = historyWriter(history);
  const effects = await subject.effects(pool);
  for (const effect of effects) write({ kind: 'effect', ...effect });
  const keyOf = await subject.keysOfSlots(pool);
  for (const line of readFileSync(lapses, 'utf8').split('\n')) {
    if (line === '') continue;
    const { at, slot } = JSON.parse(line) as { at: number; slot: string };
    const key = keyOf.get(slot);
    // A lapse of a key without any effect excuses nothing.
    if (key !== undefined) write({ kind: 'lapse', at, key });
  }
  const events = readHistory(history);
  const ofKind = (kind: HistoryEvent['kind']): number => events.filter((event) => event.kind === kind).length;
  const made = new Set(effects.map(({ value }) => value));
  const told = new Set(events.flatMap((event) => (event.kind === 'answer' ? [event.value] : [])));
  return {
    ...judge(events, subject.isTransactional ? 'once' : 'once-and-lapses'),
    refusals: ofKind('refusal'),
    gone: ofKind('gone'),
    duplicates: effects.length - new Set(effects.map(({ key }) => key)).size,
    lost: [...told].filter((value) => !made.has(value)).length,
    isBalanced: await subject.isBalanced(pool),
  };
}
