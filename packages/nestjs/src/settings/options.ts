/** Every option of the library, with its default. Long because each is a contract of its own, and users look for all of them in one file. */
import type { Type } from '@nestjs/common';
import type { IdempotencyBackend, IdempotencyLock, IdempotencyStorage, RecordCodec } from '@nestjs-idempotency/core';
import type { IdempotencyEncoder } from '../request/encoders/encoder.js';
import type { IdempotencyEvent } from '../events.js';
import type { KeyRules } from '../request/key.js';
import type { Scope } from '../request/scope.js';
import type { KeepRule } from './keep-rule.js';

/** An instance, or a class that Nest makes once, with its dependencies. */
export type Provided<T> = T | Type<T>;

/** Which defaults apply, see `profiles.ts`. */
export type ProfileName = 'classic' | 'ietf' | 'stripe';

/** What a route is told of a lapse that it may recover from. */
export interface Lapse {
  /** 2 or more: how many requests, this one included, have tried. */
  readonly attempt: number;
  readonly key: string;
  readonly slot: string;
  /** The platform's request. */
  readonly request: unknown;
  /** A stable key for a call downstream, the same in every attempt, see `IdempotencyState.deriveKey`. */
  deriveKey(label: string): string;
}

/**
 * Finds out how a lapsed attempt ended, e.g. by asking the payment provider. What it returns is answered and kept in the handler's place.
 * Where it throws, rejects or gives anything else, the request fails, a fault `callback-failed` tells of it, and the next retry asks again.
 */
export type Recover = (lapse: Lapse) => Promise<RecoveredAnswer | 'reexecute'>;

/** An answer that a recovery found, as a plain object: `body` is answered as if the handler had returned it. */
export interface RecoveredAnswer {
  /** From 200 to 599. Default: the route's own. */
  readonly status?: number;
  readonly body?: unknown;
}

/** What can be set for one route or one controller, and for the whole application. The narrower one wins. */
export interface RouteSettings {
  /** Status of a replay; `null` is the first answer's. Default by profile: 409 in `classic`, `null` elsewhere. */
  readonly conflictStatus?: number | null;
  /** Statuses that are kept. Default by profile: 200-207 in `classic`, all below 500 in `ietf`, all in `stripe`. */
  readonly storeOnStatuses?: readonly number[];
  /** Which answers are kept, where a list of statuses does not say it. Wins over `storeOnStatuses`. */
  readonly keep?: KeepRule;
  /** Errors of these classes that the handler threw are kept whatever their status. */
  readonly keepErrors?: readonly ErrorClass[];
  /** Errors of these classes that the handler threw are never kept: a retry runs again. Wins over all the others. */
  readonly releaseErrors?: readonly ErrorClass[];
  /** How long an answer is kept. Default 86,400,000 (a day). */
  readonly keepMs?: number;
  /** How long a duplicate waits for the running request. Default by profile: 100 in `classic`, 0 elsewhere. */
  readonly waitMs?: number;
  /** `wait`: as long as `waitMs`, or as `Prefer: wait` asks; `reject`: not at all. Default `wait`. */
  readonly inFlight?: 'wait' | 'reject';
  /** The longest wait that `Prefer: wait=N` may ask for; 0 ignores it. Default by profile: 30,000 in `ietf`, 0 elsewhere. */
  readonly preferWaitAtMostMs?: number;
  /** How long a claim outlives its holder. Default 30,000. A running handler renews it. */
  readonly leaseMs?: number;
  /** After this long a handler's lease is no longer renewed. Default 600,000. */
  readonly holdAtMostMs?: number;
  /** What a retry does after its predecessor died without an answer. Default `reexecute`. */
  readonly afterLapse?: 'reexecute' | 'unknown' | { readonly recover: Recover };
  /** Runs the handler inside a transaction of the backend: effect and answer commit together. What it throws is rolled back and never kept. Default false. */
  readonly transactional?: boolean;
  /** Longer bodies reach the client whole, and leave a tombstone. Default 1,048,576 (1 MiB). */
  readonly maxBodyBytes?: number;
  /** What a key must look like besides the profile's syntax. */
  readonly keyFormat?: NonNullable<KeyRules['format']>;
}

export type ErrorClass = abstract new (...args: never[]) => unknown;

/** What `@IdempotencyKey()` and `@IdempotencyManual()` take. */
export interface RouteOptions extends RouteSettings {
  /** A request without a key runs unprotected instead of being refused. Default false. */
  readonly optional?: boolean;
  /** The named storage of `storage.caches` that keeps this route's answers. */
  readonly cacheName?: string;
}

export interface StorageOptions {
  /** Where records are. Default: this process's memory. */
  readonly use?: Provided<IdempotencyStorage>;
  /** Storages by name, for `cacheName`. A name that is used and not listed stops the start. */
  readonly caches?: Readonly<Record<string, Provided<IdempotencyStorage>>>;
  /** The storage of routes that name none. Default: `use`. */
  readonly cacheName?: string;
  readonly storeOnStatuses?: readonly number[];
  readonly keepMs?: number;
  readonly maxBodyBytes?: number;
  /** Headers that are kept and replayed besides the default ones, see `listed-headers.ts`. */
  readonly headers?: readonly string[];
}

export interface LockOptions {
  /** Who may run. Default: this process's memory. */
  readonly use?: Provided<IdempotencyLock>;
  /** False lets concurrent duplicates all run, with a warning at start-up. Default true. */
  readonly enabled?: boolean;
  /** The same as `waitMs`. */
  readonly timeoutMs?: number;
  readonly leaseMs?: number;
  readonly holdAtMostMs?: number;
  /** Keeps the locks of applications apart that share a lock server. Default: none. */
  readonly name?: string;
}

export interface IdempotencyOptions extends RouteSettings {
  /** The name of this application, part of every slot: applications that share a store are kept apart by it. Default: none. */
  readonly application?: string;
  /** `opt-in`: decorated handlers take part. `opt-out`: all unsafe methods do, unless exempt. Default `opt-in`. */
  readonly mode?: 'opt-in' | 'opt-out';
  readonly profile?: ProfileName;
  /** The header that carries the key. Default `Idempotency-Key`. */
  readonly header?: string;
  /** Default by profile: `any` in `classic` and `stripe`, `lenient` in `ietf`. */
  readonly keySyntax?: KeyRules['syntax'];
  /** The longest key. Default 255. */
  readonly maxKeyLength?: number;
  /** Methods that take part in `opt-out` mode without a decorator. Default by profile: POST and PATCH in `ietf`, all unsafe ones elsewhere. */
  readonly methods?: readonly string[];
  /** Which requests are the same. Default by profile: `BasicEncoder` in `classic`, `OperationEncoder` elsewhere. */
  readonly encoder?: Provided<IdempotencyEncoder>;
  /**
   * Whose key it is: the user's or tenant's id; 1 and '1' are one id. `undefined` (and '') is nobody in particular: all of these are one.
   * Anything else that it returns, and what it throws, stops the request with a 500 and a fault; an `HttpException` is answered as it is.
   * Without it, the `Authorization` header.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- The platform's request type is the application's to name.
  readonly scope?: (request: any) => Scope | PromiseLike<Scope>;
  readonly storage?: StorageOptions;
  readonly lock?: LockOptions;
  /** Storage and lock in one, in the place of both. */
  readonly backend?: Provided<IdempotencyBackend>;
  /** The stored form of records. Default: plain; see `sealed` for an encrypted one. */
  readonly codec?: RecordCodec;
  /** What happens while the storage is down: refuse with 503, or run without protection. Default `reject`. */
  readonly whenUnavailable?: 'reject' | 'run-unprotected';
  /** A call to storage or lock, and a promise of `scope`, of `codec` and of an encoder of your own, is given up after this long. Default 5,000; memory is never timed. */
  readonly storeTimeoutMs?: number;
  /** Duplicates that may wait at once; further ones are told that it is running. Default 10,000. */
  readonly maxWaiting?: number;
  /** How long shutdown waits for running handlers, and for the commit of transactional ones. Default 10,000. */
  readonly shutdownMs?: number;
  /** Where problems are described; their `type` is this and their name. Default: this library's `docs/errors.md`. */
  readonly problemBaseUrl?: string;
  /** Called once for every request that takes part, and for every fault behind one. No key and no body is in it. */
  readonly onEvent?: (event: IdempotencyEvent) => void;
}
