/** The page of the proof: what was run, when, where, and what it does not cover. */
import type { Row, RowOutcome } from './row.js';

/** What the figures belong to. */
export interface Circumstances {
  readonly day: string;
  readonly commit: string;
  readonly versions: string;
  readonly machine: string;
  readonly isShort: boolean;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** `docs/proof.md`, from one run. Nothing in it is written by hand but the text around the table. */
export function page(
  { day, commit, versions, machine, isShort }: Circumstances,
  outcomes: readonly RowOutcome[],
  missing: readonly Row[],
): string {
  const lines = outcomes.map(({ row, command, isProven, figure, seconds }) => {
    const figureCell = `${isProven ? '' : '**failed** '}${cell(figure)}`;
    return `| ${row.promises} | ${cell(row.title)} | ${figureCell} | \`${cell(command)}\` | ${seconds} s |`;
  });
  const unrun = missing.map(({ title, command }) => `- Not run at this commit: ${title} (\`${command}\`).`);
  return `# Proof

Written by \`npm run prove${isShort ? ' -- --short' : ''}\`. Each row can be repeated by the command beside it.

- ${day}, commit \`${commit}\`
- ${versions}
- ${machine}

| promise | what was checked | what it came to | command | took |
|---|---|---|---|---|
${lines.join('\n')}

The promises are those of \`test/proof/interleavings/judge.ts\` and \`test/model/invariants.ts\`: **S1** one record a slot · **S2** every answer equals it ·
**S3** no two leases · **S4** never another's answer · **S5** no second run that can be prevented · **S6** effect and record together ·
**S7** effects ≤ 1 + reported lapses · **S8** refusals are never kept · **S9** what is unreadable is never run over · **L1** a dead holder's slot is usable
within the lease · **L2** waiters are woken · **L3** everything ends · **L4** memory is bounded.

A schedule that breaks a promise is printed with its seed: \`npm run interleavings -- SCHEDULES SEED\` plays it again, of the engine and of the interceptor. fast-check prints the same for the slots.

## What is not covered

${unrun.map((line) => `${line}\n`).join('')}- An answer that is given while its save fails is the client's own (S5). If the lease lapses as well before the save goes through, another
  client may hear another answer. The model allows exactly this, and only where a lapse was reported.
- The models bound what they search: three deliveries of one key, one lapse told apart from the next up to four. They forget no trace of a
  lapse and expire no record; a handler that is paused for longer than a record is kept can run beside another one.
- A store that forgets (a Redis that loses its memory or fails over without \`WAIT\`) forgets claims and records. No test can show otherwise.
- The interleavings of the interceptor play both platforms, with one key, the profile \`ietf\`, Observables of one value, one try more outside,
  and connections in memory. Others get their turn at each call of a store and at each step of a handler and of those around it; steps inside
  Node and Nest go in the order in which Node takes them. Manual mode, recoveries, \`keep\` rules and kept headers are held by the tests under
  \`test/e2e\`, HTTP/2 and middleware that wraps the response by those beside the gate.
- Where a retry outside is rendered what its handler gave after that was kept as a value, the next request renders it once more. The
  interleavings hold both to one answer, as what they render does not change; an interceptor that never renders the same twice shows two.
- All interleavings run over the memory stores, and over transactions in memory; Redis and Postgres are held to the
  same model call by call, and to the contract under 50 at once, Postgres' transactions by the kills.
- Effects outside of a database transaction are bounded by S7, not by one.
`;
}
