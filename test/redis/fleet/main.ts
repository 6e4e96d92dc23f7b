/** Runs a campaign and prints what it came to: `--blows 500 --processes 3 --clients 12`. */
import { askedOf } from '../../../tools/asked.js';
import { whole } from '../../../tools/options.js';
import { runCampaign } from './campaign.js';

const asked = askedOf({
  command: 'node tools/run.js test/redis/fleet/main.ts',
  does: 'Kills and stops processes of a shop, and its Redis, under load.',
  options: {
    blows: whole('how often something is done to a process or to Redis', 100),
    processes: whole('processes of the shop', 3, { to: 64 }),
    clients: whole('clients at once', 12, { to: 1_000 }),
  },
});
const began = performance.now();
const { violations, unhandled, ...figures } = await runCampaign(asked);
console.table(figures);
console.log(
  `${Math.round((performance.now() - began) / 1_000)} s; ${violations.length} broken promises, ${unhandled.length} unhandled rejections`,
);
for (const violation of violations) console.log(JSON.stringify(violation));
for (const rejection of unhandled) console.log(rejection);
if (figures.answers === 0) console.log('FAILED no client was answered');
process.exitCode = violations.length + unhandled.length === 0 && figures.answers > 0 ? 0 : 1;
