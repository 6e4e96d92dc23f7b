/** `npm run fuzz [-- COUNT [SEED]]`: 100,000 requests by default; ends with 1 if one was answered with a 5xx, or a key is stuck. */
import { fuzz } from './run.js';

const [count = 100_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
const { sent, statuses, findings, stuck, stuckKeys } = await fuzz(count, seed, (report) => {
  process.stdout.write(`${report.sent} sent\n`);
});
for (const { platform, profile, status, request } of findings.slice(0, 20))
  process.stdout.write(
    `${status} on ${platform}, ${profile}: ${JSON.stringify({ ...request, body: request.body.toString('latin1').slice(0, 300) })}\n`,
  );
process.stdout.write(`seed ${seed}: ${sent} sent, statuses ${JSON.stringify(statuses)}\n`);
process.stdout.write(`${findings.length} answered with 5xx or not at all, ${stuck} leases and ${stuckKeys} keys stuck\n`);
process.exitCode = findings.length + stuck + stuckKeys === 0 ? 0 : 1;
