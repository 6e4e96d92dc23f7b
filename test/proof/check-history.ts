/**
 * Judges a history: per key, could every client have talked to one register that is written once?
 * Every request offers the value of its own execution and is told what the register holds. Such a history is linearizable if and only if
 * all answers tell one value, and the execution that made it had begun before anybody was told of it. `check-history.spec.ts` holds this
 * short form against a search through all orders. Keys share nothing, so each is judged alone.
 */
import type { Answered, HistoryEvent } from './history.js';

/** How many effects a key may have. */
export type EffectBound =
  /** Effect and record commit together: S6. */
  | 'once'
  /** One more for each lapse that was reported: S7. */
  | 'once-and-lapses';

/** One broken promise, with the key it was broken to. */
export interface Violation {
  readonly promise: 'S2' | 'S6' | 'S7' | 'lost' | 'malformed';
  readonly key: string;
  readonly what: string;
}

/** What a history came to. */
export interface Judgement {
  readonly keys: number;
  readonly requests: number;
  readonly answers: number;
  readonly effects: number;
  /** Keys with more than one effect, each excused by a lapse that was reported. */
  readonly repeated: number;
  readonly violations: readonly Violation[];
}

function groupByKey(events: readonly HistoryEvent[]): Map<string, HistoryEvent[]> {
  const keys = new Map<string, HistoryEvent[]>();
  for (const event of events) {
    const ofKey = keys.get(event.key);
    if (ofKey) ofKey.push(event);
    else keys.set(event.key, [event]);
  }
  return keys;
}

const ofKind = <K extends HistoryEvent['kind']>(events: readonly HistoryEvent[], kind: K) =>
  events.filter((event): event is Extract<HistoryEvent, { kind: K }> => event.kind === kind);

/** Whether all answers tell one value, in one form, of an execution that was there before the first of them. */
function registerViolations(key: string, events: readonly HistoryEvent[]): Violation[] {
  const answers = ofKind(events, 'answer');
  const [first] = answers;
  if (!first) return [];
  const found: Violation[] = [];
  const say = (promise: Violation['promise'], what: string) => found.push({ promise, key, what });
  const values = new Set(answers.map(({ value }) => value));
  if (values.size > 1) say('S2', `clients were told ${String(values.size)} values: ${[...values].join(', ')}`);
  if (new Set(answers.map(({ digest }) => digest)).size > values.size) say('S2', 'one value was told in different bytes');
  for (const value of values) {
    const told = Math.min(...answers.filter((answer) => answer.value === value).map(({ at }) => at));
    const made = ofKind(events, 'effect').find((effect) => effect.value === value);
    if (!made) say('lost', `a client was told ${value}, which no effect made`);
    else if (made.at > told) say('S2', `${value} was told ${String(made.at - told)} ms before it was made`);
  }
  return found;
}

function effectViolations(key: string, events: readonly HistoryEvent[], bound: EffectBound): Violation[] {
  const effects = ofKind(events, 'effect').length;
  const lapses = bound === 'once' ? 0 : ofKind(events, 'lapse').length;
  if (effects <= 1 + lapses) return [];
  const what = `${String(effects)} effects, ${String(lapses)} reported lapses`;
  return [{ promise: bound === 'once' ? 'S6' : 'S7', key, what }];
}

/** Each ended request was begun, by the same client, before. */
function malformations(key: string, events: readonly HistoryEvent[]): Violation[] {
  const begun = new Map(ofKind(events, 'invoke').map(({ id, at }) => [id, at]));
  const ends = events.filter((event): event is Answered => ['answer', 'refusal', 'gone'].includes(event.kind));
  const seen = new Set<string>();
  const found: Violation[] = [];
  for (const { id, at } of ends) {
    if (!((begun.get(id) ?? Infinity) <= at))
      found.push({ promise: 'malformed', key, what: `request ${id} ended before it began` });
    if (seen.has(id)) found.push({ promise: 'malformed', key, what: `request ${id} ended twice` });
    seen.add(id);
  }
  return found;
}

/** Judges every key of a history. An empty history is a mistake of who recorded it, so it is refused. */
export function judge(events: readonly HistoryEvent[], bound: EffectBound): Judgement {
  if (events.length === 0) throw new Error('The history is empty: nothing was recorded, so nothing can be judged.');
  const keys = groupByKey(events);
  const violations = [...keys].flatMap(([key, ofKey]) => [
    ...malformations(key, ofKey),
    ...registerViolations(key, ofKey),
    ...effectViolations(key, ofKey, bound),
  ]);
  const repeated = [...keys.values()].filter((ofKey) => ofKind(ofKey, 'effect').length > 1).length;
  return {
    keys: keys.size,
    requests: ofKind(events, 'invoke').length,
    answers: ofKind(events, 'answer').length,
    effects: ofKind(events, 'effect').length,
    repeated,
    violations,
  };
}
