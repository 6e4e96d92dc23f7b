/** The kill campaigns in short: `npm run faults` runs them with thousands of kills. */
import { expect, it, jest } from '@jest/globals';
import { runCampaign } from './postgres/campaign.js';

// Dozens of processes are started, one after the other.
jest.setTimeout(300_000);

it('commits each effect once and tells all clients the same, while processes are killed at every point of the path', async () => {
  const figures = await runCampaign({ mode: 'transactional', kills: 20, seed: 4, processes: 3, clients: 8 });
  expect(figures).toMatchObject({ violations: [], duplicates: 0, lost: 0, isBalanced: true });
  expect(figures.kills).toBeGreaterThanOrEqual(20);
  expect(figures.effects).toBe(figures.keys);
  expect(figures.answers).toBeGreaterThanOrEqual(figures.keys);
});

it('reports every effect that a lease lets run twice, and tells all clients the same', async () => {
  const figures = await runCampaign({ mode: 'plain', kills: 12, seed: 4, processes: 3, clients: 8 });
  expect(figures).toMatchObject({ violations: [], lost: 0 });
  expect(figures.kills).toBeGreaterThanOrEqual(12);
});
