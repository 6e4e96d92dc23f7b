/** `[--kills N] [--plain-kills N] [--seed N] [--processes N] [--history FOLDER]`: the kill campaigns on Postgres, and their table. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CampaignFigures, runCampaign } from './campaign.js';
import { tableOf } from './table.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '2000' },
    'plain-kills': { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    processes: { type: 'string', default: '10' },
    history: { type: 'string' },
  },
});

const all: CampaignFigures[] = [];
for (const [mode, kills] of [
  ['transactional', Number(values.kills)],
  ['plain', Number(values['plain-kills'])],
] as const) {
  if (kills === 0) continue;
  let reported = 0;
  const figures = await runCampaign({
    mode,
    kills,
    seed: Number(values.seed),
    processes: Number(values.processes),
    clients: 6,
    ...(values.history !== undefined && { history: join(values.history, `postgres-${mode}.jsonl`) }),
    onProgress(killed) {
      if (killed < reported + 50) return;
      reported = killed;
      console.error(`${mode}: ${killed} of ${kills} kills`);
    },
  });
  all.push(figures);
  const points = [...figures.killedAt].map(([point, count]) => `${point} ${count}`).sort();
  console.error(`${mode}: killed at ${points.join(', ')}`);
  for (const violation of figures.violations.slice(0, 20)) console.error(violation);
}
console.log(tableOf(all));
const isHeld = ({ violations, lost, isBalanced, duplicates, mode }: CampaignFigures): boolean =>
  violations.length === 0 && lost === 0 && isBalanced && (mode === 'plain' || duplicates === 0);
process.exitCode = all.every(isHeld) ? 0 : 1;
