/** Options and decorators → what applies to a route. Pure. */
import type { Terms } from '@nestjs-idempotency/core';
import type { AnswerLimits } from '../wire/answer.js';
import { IdempotencyConfigError } from '../config-error.js';
import type { RouteMark } from './decorators.js';
import type { KeyRules } from '../request/key.js';
import { listedHeaders } from '../wire/listed-headers.js';
import { checkRouteOptions } from './option-checks.js';
import type { IdempotencyOptions, Recover, RouteOptions, RouteSettings } from './options.js';
import type { KeepRule } from './keep-rule.js';
import type { ProblemStyle } from '../problems.js';
import { type Profile, PROFILES } from './profiles.js';

/** A day. */
const KEEP_MS = 86_400_000;

/** What applies to a request of one route. */
export interface RoutePolicy {
  /** The controller's and the method's name. */
  readonly route: string;
  readonly optional: boolean;
  readonly manual: boolean;
  readonly cacheName: string | undefined;
  /** Lower case. */
  readonly header: string;
  readonly keyRules: KeyRules;
  readonly terms: Terms;
  readonly preferWaitAtMostMs: number;
  readonly conflictStatus: number | null;
  readonly keep: KeepRule;
  readonly limits: AnswerLimits;
  readonly recover: Recover | undefined;
  readonly replayHeaders: readonly (readonly [string, string])[];
  readonly style: ProblemStyle;
  /** Whether requests of this method take part at all; of `*`, as a handler of all methods has it, whether those of any do. */
  takesPart(method: string): boolean;
}

const PROBLEMS = 'https://github.com/nestjs-idempotency/nestjs-idempotency/blob/main/docs/errors.md';

/** The policy of the route `place`, from its controller's and its own decorators. The method wins over the controller. */
export function policyOf(
  place: string,
  options: IdempotencyOptions,
  onController: RouteMark | undefined,
  onMethod: RouteMark | undefined,
): RoutePolicy {
  if (onController) checkMark(onController, place.split('.')[0] ?? place);
  if (onMethod) checkMark(onMethod, place);
  const profile = PROFILES[options.profile ?? 'classic'];
  const said = onMethod ?? onController;
  const route: RouteOptions = said?.exempt ? {} : { ...onController?.options, ...onMethod?.options };
  const settings = merged(options, route);
  const afterLapse = settings.afterLapse ?? 'reexecute';
  const header = options.header ?? 'Idempotency-Key';
  return {
    route: place,
    optional: route.optional ?? false,
    manual: said?.manual ?? false,
    cacheName: route.cacheName ?? options.storage?.cacheName,
    header: header.toLowerCase(),
    keyRules: {
      syntax: options.keySyntax ?? profile.keySyntax,
      maxLength: options.maxKeyLength ?? 255,
      ...(settings.keyFormat && { format: settings.keyFormat }),
    },
    terms: {
      manual: said?.manual ?? false,
      afterLapse: afterLapse === 'unknown' ? 'unknown' : 'reexecute',
      leaseMs: settings.leaseMs ?? 30_000,
      keepMs: settings.keepMs ?? KEEP_MS,
      waitMs: settings.inFlight === 'reject' ? 0 : (settings.waitMs ?? profile.waitMs),
      holdAtMostMs: settings.holdAtMostMs ?? 600_000,
      transactional: settings.transactional ?? false,
    },
    preferWaitAtMostMs: settings.inFlight === 'reject' ? 0 : (settings.preferWaitAtMostMs ?? profile.preferWaitAtMostMs),
    conflictStatus: settings.conflictStatus === undefined ? profile.conflictStatus : settings.conflictStatus,
    keep: keepRule(settings, profile),
    limits: { maxBodyBytes: settings.maxBodyBytes ?? 1_048_576, keeps: listedHeaders(options.storage?.headers) },
    recover: typeof afterLapse === 'object' ? afterLapse.recover : undefined,
    replayHeaders: profile.replayHeader === undefined ? [] : [[profile.replayHeader, 'true']],
    style: {
      errors: profile.errors,
      runningStatus: profile.runningStatus,
      runningRetryAfter: profile.runningRetryAfter,
      baseUrl: options.problemBaseUrl ?? PROBLEMS,
    },
    takesPart: participation(said, options, profile),
  };
}

function checkMark({ exempt, key, manual, options }: RouteMark, place: string): void {
  checkRouteOptions(place, options);
  if (!exempt || !(key || manual)) return;
  const other = manual ? '@IdempotencyManual()' : '@IdempotencyKey()';
  throw new IdempotencyConfigError(
    `${place} has both @IdempotencyExempt() and ${other}, which contradict each other: remove one.`,
  );
}

/** The application's settings by their short names, then the route's. What is not set does not hide what is. */
function merged(options: IdempotencyOptions, route: RouteOptions): RouteSettings {
  const { storage, lock } = options;
  const grouped = {
    storeOnStatuses: storage?.storeOnStatuses,
    keepMs: storage?.keepMs,
    maxBodyBytes: storage?.maxBodyBytes,
    waitMs: lock?.timeoutMs,
    leaseMs: lock?.leaseMs,
    holdAtMostMs: lock?.holdAtMostMs,
  };
  const set = (settings: object): object =>
    Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  return { ...set(grouped), ...set(options), ...set(route) };
}

function keepRule(settings: RouteSettings, profile: Profile): KeepRule {
  const { keep, storeOnStatuses, keepErrors = [], releaseErrors = [] } = settings;
  const statuses = storeOnStatuses && new Set(storeOnStatuses);
  const rule: KeepRule = keep ?? (statuses ? ({ status }) => statuses.has(status) : profile.keep);
  if (keepErrors.length === 0 && releaseErrors.length === 0) return rule;
  return (outcome) => {
    if (releaseErrors.some((type) => outcome.error instanceof type)) return false;
    return keepErrors.some((type) => outcome.error instanceof type) || rule(outcome);
  };
}

function participation(said: RouteMark | undefined, options: IdempotencyOptions, profile: Profile): (method: string) => boolean {
  const { safe } = profile;
  if (said?.exempt) return () => false;
  if (said) return (method) => !safe.has(method);
  if (options.mode !== 'opt-out') return () => false;
  const methods = options.methods ?? profile.methods;
  if (!methods) return (method) => !safe.has(method);
  const listed = new Set(methods.map((method) => method.toUpperCase()).filter((method) => !safe.has(method)));
  return (method) => (method === '*' ? listed.size > 0 : listed.has(method));
}
