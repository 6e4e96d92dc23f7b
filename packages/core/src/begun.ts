/** What begins with a verdict: what its attempt holds, and the turn that its request is given. Pure. */
import type { Attempt, Holding } from './attempt.js';
import type { Verdict } from './decide.js';
import type { Terms, Turn } from './turn.js';

/** A verdict under which something is done. */
type Begun = Extract<Verdict, { readonly kind: 'execute' | 'render' }>;

/** All but the lease. */
export function holdingOf(verdict: Begun, { leaseMs, keepMs, holdAtMostMs, manual }: Terms): Omit<Holding, 'lease'> {
  const [number, kept] = verdict.kind === 'execute' ? [verdict.attempt, verdict.kept] : [1, verdict.record];
  const renders = verdict.kind === 'render';
  return { number, kept, leaseMs, keepMs, holdAtMostMs, replaces: manual || renders, renders };
}

/** `attempt` as the turn that the verdict means. */
export function turnOf(verdict: Begun, attempt: Attempt): Turn {
  return verdict.kind === 'execute' ? { kind: 'execute', attempt } : { kind: 'render', attempt, record: verdict.record };
}
