/**
 * The kill campaigns on Postgres, and their table:
 * `[--kills N] [--plain-kills N] [--sample-kills N] [--seed N] [--processes N] [--history FOLDER]`. None is run with 0 kills.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CampaignFigures, runCampaign } from './campaign.js';
import { ownSubject } from './own-subject.js';
import { sampleSubject } from './sample-subject.js';
import type { Subject } from './subject.js';
import { tableOf } from './table.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '2000' },
    'plain-kills': { type: 'string', default: '300' },
    /** On each platform. */
    'sample-kills': { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    processes: { type: 'string', default: '10' },
    history: { type: 'string' },
  },
});

const campaigns: readonly (readonly [Subject, string])[] = [
  [ownSubject('transactional'), values.kills],
  [ownSubject('plain'), values['plain-kills']],
  [sampleSubject('express'), values['sample-kills']],
  [sampleSubject('fastify'), values['sample-kills']],
];

const all: CampaignFigures[] = [];
for (const [subject, asked] of campaigns) {
  const kills = Number(asked);
  if (kills === 0) continue;
  let reported = 0;
  const figures = await runCampaign({
    subject,
    kills,
    seed: Number(values.seed),
    processes: Number(values.processes),
    clients: 6,
    ...(values.history !== undefined && { history: join(values.history, `postgres-${subject.name.replace(/\W+/g, '-')}.jsonl`) }),
    onProgress(killed) {
      if (killed < reported + 50) return;
      reported = killed;
      console.error(`${subject.name}: ${killed} of ${kills} kills`);
    },
  });
  all.push(figures);
  const { killedAt, points, further, missed, violations } = figures;
  const counts = [...points, ...further, 'random'].map((point) => `${point} ${killedAt.get(point) ?? 0}`);
  console.error(`${subject.name}: killed at ${counts.join(', ')}`);
  if (missed.length > 0) console.error(`${subject.name}: never killed at ${missed.join(', ')}`);
  for (const violation of violations.slice(0, 20)) console.error(violation);
}
console.log(tableOf(all));
const isHeld = ({ violations, lost, isBalanced, duplicates, subject, missed }: CampaignFigures): boolean =>
  violations.length === 0 &&
  missed.length === 0 &&
  lost === 0 &&
  isBalanced !== false &&
  (!subject.isTransactional || duplicates === 0);
process.exitCode = all.every(isHeld) ? 0 : 1;
