/** A short campaign; `node tools/run.js test/redis/fleet/main.ts --blows 500` is a long one. */
import { expect, it } from '@jest/globals';
import { runCampaign } from './campaign.js';

it('whatever is killed, stopped or restarted: one answer per key, and no effect beyond the lapses that were told', async () => {
  const figures = await runCampaign({ blows: 6, processes: 3, clients: 6 });
  expect(figures).toMatchObject({ violations: [], unhandled: [], restarts: 1 });
  expect(figures.answers).toBeGreaterThan(20);
}, 180_000);
