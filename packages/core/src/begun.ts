/** What begins with a verdict: what its attempt holds, and the turn that its request is given. Pure. */
import type { Attempt, Holding } from './attempt.js';
import type { Verdict } from './decide.js';
import type { Lease } from './ports.js';
import type { Terms, Turn } from './turn.js';

/** A verdict under which something is done. */
type Begun = Extract<Verdict, { readonly kind: 'execute' | 'render' }>;

export function holdingOf(lease: Lease, verdict: Begun, { leaseMs, keepMs, holdAtMostMs, manual }: Terms): Holding {
  const renders = verdict.kind === 'render';
  const number = renders ? 1 : verdict.attempt;
  const kept = renders ? verdict.record : verdict.kept;
  return { lease, number, kept, leaseMs, keepMs, holdAtMostMs, replaces: manual || renders, renders };
}

/** `attempt` as the turn that the verdict means. */
export function turnOf(verdict: Begun, attempt: Attempt): Turn {
  return verdict.kind === 'execute' ? { kind: 'execute', attempt } : { kind: 'render', attempt, record: verdict.record };
}
