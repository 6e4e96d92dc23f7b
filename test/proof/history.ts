/**
 * What a campaign writes down, one JSON object a line, so that `check-history.ts` can judge it.
 * Each HTTP request of a client is one `invoke` and at most one `answer`, `refusal` or `gone` with the same `id`; a retry is a new `id`.
 * Times are milliseconds of one machine's wall clock. `key` names what is tried again: scope and operation belong to it.
 */
import { appendFileSync, readFileSync } from 'node:fs';

/** A client sends a request. Written before the first byte leaves. */
export interface Invoked {
  readonly kind: 'invoke';
  readonly at: number;
  readonly id: string;
  readonly key: string;
}

/** A client has read a whole answer that is not an error of the library. Written after the last byte came. */
export interface Answered {
  readonly kind: 'answer';
  readonly at: number;
  readonly id: string;
  readonly key: string;
  /** Which execution this is the answer of: what the handler made and named in its body, an order number for instance. */
  readonly value: string;
  /** Digest of status, listed headers and body. The mark of a replay is left out of it. */
  readonly digest: string;
}

/** A client was told that its request was not served: still running, store down, outcome unknown. */
export interface Refused {
  readonly kind: 'refusal';
  readonly at: number;
  readonly id: string;
  readonly key: string;
  readonly status: number;
}

/** The connection ended before an answer: nobody knows what became of the request. */
export interface Gone {
  readonly kind: 'gone';
  readonly at: number;
  readonly id: string;
  readonly key: string;
}

/** An execution made its effect. In transactional mode only committed effects are listed, read from the table afterwards. */
export interface Effected {
  readonly kind: 'effect';
  readonly at: number;
  readonly key: string;
  /** Names the execution; the same value is in its answer. */
  readonly value: string;
}

/** The library reported that an earlier holder's lease lapsed (the fault `lapsed`), or that a lease was lost (`lease-lost`). */
export interface Lapsed {
  readonly kind: 'lapse';
  readonly at: number;
  readonly key: string;
}

/** One line of a history. */
export type HistoryEvent = Invoked | Answered | Refused | Gone | Effected | Lapsed;

/** Appends events to a file, whole lines at once, so that many processes may write to it and any of them may be killed. */
export function historyWriter(path: string): (event: HistoryEvent) => void {
  return (event) => {
    appendFileSync(path, `${JSON.stringify(event)}\n`);
  };
}

/** Reads the events of one file. Throws on a line that is not one. */
export function readHistory(path: string): HistoryEvent[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as HistoryEvent);
}
