/** Runs a campaign and prints what it came to: `--blows 500 --processes 3 --clients 12`. */
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.js';

const { values } = parseArgs({
  options: {
    blows: { type: 'string', default: '100' },
    processes: { type: 'string', default: '3' },
    clients: { type: 'string', default: '12' },
  },
});
const began = performance.now();
const { violations, unhandled, ...figures } = await runCampaign({
  blows: Number(values.blows),
  processes: Number(values.processes),
  clients: Number(values.clients),
});
console.table(figures);
console.log(
  `${Math.round((performance.now() - began) / 1_000)} s; ${violations.length} broken promises, ${unhandled.length} unhandled rejections`,
);
for (const violation of violations) console.log(JSON.stringify(violation));
for (const rejection of unhandled) console.log(rejection);
process.exitCode = violations.length + unhandled.length === 0 ? 0 : 1;
