/** One fuzz run: so many requests to each kind of application, so many at a time, all from one seed. */
import { serve, PLATFORMS, type Platform } from '../e2e/serve.js';
import { application, CountingLock } from './application.js';
import { Random } from './random.js';
import { type FuzzRequest, fuzzRequest } from './requests.js';
import { send } from './send.js';

export interface Finding {
  readonly platform: Platform;
  readonly profile: string;
  readonly status: number;
  readonly request: FuzzRequest;
}

export interface FuzzReport {
  readonly sent: number;
  /** How often each status was answered. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers of 500 and above, and requests that got none. */
  readonly findings: readonly Finding[];
  /** Leases that nobody gave back. */
  readonly stuck: number;
  /** Requests whose key was still 'in progress' when all others had been answered. */
  readonly stuckKeys: number;
}

const ABREAST = 16;

export async function fuzz(
  count: number,
  seed: number,
  told: (report: FuzzReport) => void = () => undefined,
): Promise<FuzzReport> {
  const statuses: Record<string, number> = {};
  const findings: Finding[] = [];
  let [sent, stuck, stuckKeys] = [0, 0, 0];
  const report = (): FuzzReport => ({ sent, statuses, findings, stuck, stuckKeys });

  for (const platform of PLATFORMS)
    for (const profile of ['classic', 'ietf'] as const) {
      const lock = new CountingLock();
      const server = await serve(platform, application({ profile }, lock), undefined, { logger: false });
      const port = Number(new URL(server.url).port);
      const random = new Random(seed);
      const last: FuzzRequest[] = [];
      let left = Math.ceil(count / 4);
      const worker = async (): Promise<void> => {
        while (left > 0) {
          // Again what was sent before, or twice at once: retries and duplicates.
          const request = (random.once(4) ? last[random.below(last.length)] : undefined) ?? fuzzRequest(random);
          const times = random.once(4) && left > 1 ? 2 : 1;
          left -= times;
          const answers = await Promise.all(Array.from({ length: times }, () => send(port, request)));
          for (const { status } of answers) {
            sent += 1;
            statuses[status] = (statuses[status] ?? 0) + 1;
            if (status >= 500 || status === 0) findings.push({ platform, profile, status, request });
          }
          last.push(request);
          if (last.length > 200) last.shift();
        }
      };
      await Promise.all(Array.from({ length: ABREAST }, worker));
      for (const request of last) if (/in-progress/.test((await send(port, request)).text)) stuckKeys += 1;
      stuck += lock.held.size;
      await server.close();
      told(report());
    }
  return report();
}
