/** What an attempt needs before its handler may begin: a gate on the response, a state for the handler, what runs in its place. */
import type { Attempt } from '@nestjs-idempotency/core';
import type { Observable } from 'rxjs';
import type { Identity } from '../request/encoders/encoder.js';
import type { Exchange } from '../request/exchange.js';
import { derivedKey, type Mark, RequestState } from '../request/state.js';
import type { KeepRule } from '../settings/keep-rule.js';
import type { Recover } from '../settings/options.js';
import type { GivenAgain } from '../unsent/unrendered.js';
import { byName, setHeader, takeOff } from '../wire/platform.js';
import { Execution } from './execution.js';
import type { Instead } from './handler-run.js';
import { Recovery } from './recovery.js';
import type { Route } from './routes.js';
import type { Terms } from './ruling.js';

/** How long an answer may take to be rendered for a client that has left. A handler that answers by itself has as long as one that died. */
const PATIENCE_MS = 1_000;

/** A request whose slot is known. */
export interface Served {
  readonly exchange: Exchange;
  readonly route: Route;
  readonly key: string;
  readonly identity: Identity;
  readonly held: NonNullable<Mark['held']>;
  /** Runs what stands behind the interceptor, in the async scope in which it is called. */
  readonly handle: () => Observable<unknown>;
  /** A callback of the application threw. */
  readonly onFailed: (callback: string, cause: unknown) => void;
  /** The handler was run past its seam. */
  readonly onPassed: () => void;
  /** A transactional handler returned without ever having asked for its transaction. */
  readonly onUnused: () => void;
}

/** The execution of `attempt`. From here on nothing leaves: see `Gate`. */
export function prepare(
  { route, exchange, identity, onFailed }: Served,
  attempt: Attempt,
  terms: Terms,
  keep: KeepRule,
  instead: Instead | undefined,
): Execution {
  const { byItself, isAlone, policy } = route;
  return new Execution({
    exchange,
    fingerprint: identity.fingerprint,
    limits: policy.limits,
    terms,
    keep,
    byItself,
    isAlone,
    patienceMs: byItself ? policy.terms.leaseMs : PATIENCE_MS,
    instead,
    signal: () => attempt.signal,
    onFailed,
  });
}

/** What the handler of `attempt` may know. */
export function stateOf({ route, key, identity }: Served, attempt: Attempt): RequestState {
  const { optional, manual, cacheName } = route.policy;
  const { kept } = attempt;
  const answer = kept?.kind === 'answer' ? kept.answer : undefined;
  const exists = kept !== undefined;
  return new RequestState({ optional, manual, cacheName, exempt: false, key, slot: identity.slot, attempt, exists, answer });
}

export function recoveryOf({ exchange, key, identity, onFailed }: Served, recover: Recover, attempt: number): Recovery {
  const { request, response } = exchange;
  const { slot } = identity;
  const lapse = { attempt, key, slot, request, deriveKey: (label: string) => derivedKey(slot, label) };
  return new Recovery(recover, lapse, (status) => response.status(status), onFailed);
}

/** Gives `again` in the handler's place, with what the handler had set on the response. */
export function givingAgain({ exchange }: Served, again: GivenAgain): Instead {
  return () => {
    const { response } = exchange;
    if (again.status !== undefined) response.status(again.status);
    for (const name of again.removed ?? []) takeOff(response, name);
    for (const [name, values] of byName(again.headers)) setHeader(response, name, values);
    return again.give();
  };
}
