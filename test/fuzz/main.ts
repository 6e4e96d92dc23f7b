/** `npm run fuzz [-- REQUESTS [SEED]]`: ends with 1 if a request was answered with a 5xx, a key is stuck, or fewer were sent than asked for. */
import { askedOf } from '../../tools/asked.js';
import { seed, whole } from '../../tools/options.js';
import { fuzz } from './run.js';

const asked = askedOf({
  command: 'npm run fuzz --',
  does: 'Sends odd requests over raw sockets, on both platforms and in two profiles.',
  options: { requests: whole('requests to send', 100_000), seed: seed('sends the same requests again') },
  unnamed: ['requests', 'seed'],
});
const { sent, statuses, findings, stuck, stuckKeys } = await fuzz(asked.requests, asked.seed, (report) => {
  process.stdout.write(`${report.sent} sent\n`);
});
for (const { platform, profile, status, request } of findings.slice(0, 20))
  process.stdout.write(
    `${status} on ${platform}, ${profile}: ${JSON.stringify({ ...request, body: request.body.toString('latin1').slice(0, 300) })}\n`,
  );
process.stdout.write(`seed ${asked.seed}: ${sent} sent, statuses ${JSON.stringify(statuses)}\n`);
process.stdout.write(`${findings.length} answered with 5xx or not at all, ${stuck} leases and ${stuckKeys} keys stuck\n`);
process.exitCode = findings.length + stuck + stuckKeys === 0 && sent >= asked.requests ? 0 : 1;
