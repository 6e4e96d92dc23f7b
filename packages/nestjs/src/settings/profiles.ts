/** The defaults that a profile chooses. Profiles are data: whatever they set can be set on its own. */
import type { KeyRules } from '../request/key.js';
import type { ProfileName } from './options.js';
import type { KeepRule } from './keep-rule.js';

export interface Profile {
  readonly conflictStatus: number | null;
  readonly keySyntax: KeyRules['syntax'];
  readonly keep: KeepRule;
  readonly waitMs: number;
  readonly preferWaitAtMostMs: number;
  /** Methods that change nothing, so that they never take part. */
  readonly safe: ReadonlySet<string>;
  /** Methods that take part undecorated in `opt-out` mode. `undefined`: all unsafe ones. */
  readonly methods: readonly string[] | undefined;
  /** `basic`: path and body are part of the slot. `operation`: another body under a key is a mismatch. */
  readonly encoder: 'basic' | 'operation';
  /** Marks a replay. */
  readonly replayHeader: string | undefined;
  /** Status of a request whose predecessor is still running. */
  readonly runningStatus: number;
  /** Whether that answer tells when to come back. */
  readonly runningRetryAfter: boolean;
  /** `framework`: errors look as Nest's own. `problem`: RFC 9457. */
  readonly errors: 'framework' | 'problem';
}

/** RFC 9110, 9.2.1, and the others that IANA's registry of methods lists as safe. */
const SAFE = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'SEARCH', 'REPORT', 'PROPFIND'];

const classic: Profile = {
  conflictStatus: 409,
  keySyntax: 'any',
  keep: ({ status }) => status >= 200 && status <= 207,
  waitMs: 100,
  // The Django package protects PROPFIND, as `npm run parity` shows.
  safe: new Set(SAFE.filter((method) => method !== 'PROPFIND')),
  preferWaitAtMostMs: 0,
  methods: undefined,
  encoder: 'basic',
  replayHeader: undefined,
  runningStatus: 423,
  runningRetryAfter: false,
  errors: 'framework',
};

const ietf: Profile = {
  conflictStatus: null,
  keySyntax: 'lenient',
  keep: ({ status }) => status < 500,
  waitMs: 0,
  safe: new Set(SAFE),
  preferWaitAtMostMs: 30_000,
  methods: ['POST', 'PATCH'],
  encoder: 'operation',
  replayHeader: 'Idempotency-Replayed',
  runningStatus: 409,
  runningRetryAfter: true,
  errors: 'problem',
};

const stripe: Profile = {
  ...ietf,
  keySyntax: 'any',
  keep: () => true,
  preferWaitAtMostMs: 0,
  methods: ['POST'],
  replayHeader: 'Idempotent-Replayed',
};

export const PROFILES: Readonly<Record<ProfileName, Profile>> = { classic, ietf, stripe };
