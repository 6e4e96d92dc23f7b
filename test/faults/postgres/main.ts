/**
 * The kill campaigns on Postgres, and their table:
 * `[--kills N] [--plain-kills N] [--shape-kills N] [--sample-kills N] [--seed N] [--processes N] [--history FOLDER]`. None is run with 0 kills.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { askedOf } from '../../../tools/asked.js';
import { seed, text, whole } from '../../../tools/options.js';
import { type CampaignFigures, runCampaign } from './campaign.js';
import { ownSubject } from './own-subject.js';
import { sampleSubject } from './sample-subject.js';
import type { Subject } from './subject.js';
import { tableOf } from './table.js';

const values = askedOf({
  command: 'npm run faults --',
  does: 'Kills processes of applications on Postgres and compares what clients were told with what is there. 0 kills leave one out.',
  options: {
    kills: whole('kills of the transactional application', 2_000, { from: 0 }),
    'plain-kills': whole('kills of the plain application', 300, { from: 0 }),
    'shape-kills': whole(
      'kills with an inner timeout and by handlers that answer by themselves, plain and transactional each',
      300,
      { from: 0 },
    ),
    'sample-kills': whole('kills of the sample shop, on each platform', 300, { from: 0 }),
    seed: seed('makes the same choices again'),
    processes: whole('processes at once', 10, { to: 64 }),
    history: text({
      value: 'FOLDER',
      means: 'keeps what was told',
      takes: 'a folder, which is made',
      isTaken: (folder) => folder !== '',
    }),
  },
  wrongTogether: (given) =>
    given.kills + given['plain-kills'] + given['shape-kills'] + given['sample-kills'] === 0
      ? 'There is nothing to run: all kills are 0.'
      : undefined,
});
if (values.history !== undefined) mkdirSync(values.history, { recursive: true });

const campaigns: readonly (readonly [Subject, number])[] = [
  [ownSubject('transactional'), values.kills],
  [ownSubject('plain'), values['plain-kills']],
  ...(['inner timeout', 'by itself'] as const).flatMap((shape) =>
    (['transactional', 'plain'] as const).map((mode) => [ownSubject(mode, shape), values['shape-kills']] as const),
  ),
  [sampleSubject('express'), values['sample-kills']],
  [sampleSubject('fastify'), values['sample-kills']],
];

const all: CampaignFigures[] = [];
for (const [subject, kills] of campaigns) {
  if (kills === 0) continue;
  let reported = 0;
  const figures = await runCampaign({
    subject,
    kills,
    seed: values.seed,
    processes: values.processes,
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
/** A campaign without an answer, or in which nobody was given up where somebody is impatient, has not put anything to the test. */
const isHeld = ({ answers, violations, lost, isBalanced, duplicates, subject, missed, refusals }: CampaignFigures): boolean =>
  answers > 0 &&
  refusals > 0 &&
  violations.length === 0 &&
  missed.length === 0 &&
  lost === 0 &&
  isBalanced !== false &&
  (!subject.isTransactional || duplicates === 0);
process.exitCode = all.length > 0 && all.every(isHeld) ? 0 : 1;
