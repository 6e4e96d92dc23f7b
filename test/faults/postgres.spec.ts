/** The kill campaigns in short: `npm run faults` runs them with thousands of kills. */
import { describe, expect, it, jest } from '@jest/globals';
import { type Campaign, runCampaign } from './postgres/campaign.js';
import { ownSubject } from './postgres/own-subject.js';
import { sampleSubject } from './postgres/sample-subject.js';

// Dozens of processes are started, one after the other.
jest.setTimeout(300_000);

const short = { seed: 4, processes: 3, clients: 6 };

describe('a kill campaign', () => {
  it('commits each effect once and tells all clients the same, while processes are killed at every point of the path', async () => {
    const figures = await runCampaign({ subject: ownSubject('transactional'), kills: 20, ...short });
    expect(figures).toMatchObject({ violations: [], missed: [], duplicates: 0, lost: 0, isBalanced: true });
    expect(figures.points).toEqual(expect.arrayContaining(['request', 'BEGIN sent', 'COMMIT sent', 'answer written']));
    expect(figures.kills).toBeGreaterThanOrEqual(figures.points.length);
    expect(figures.effects).toBe(figures.keys);
    expect(figures.answers).toBeGreaterThanOrEqual(figures.keys);
  });

  it.each(['express', 'fastify'] as const)('leaves the accounts of the sample shop balanced on %s', async (platform) => {
    const figures = await runCampaign({ subject: sampleSubject(platform), kills: 20, ...short });
    expect(figures).toMatchObject({ violations: [], duplicates: 0, lost: 0, isBalanced: true });
    expect(figures.kills).toBeGreaterThanOrEqual(20);
    expect(figures.effects).toBe(figures.keys);
  });

  it('reports every effect that a lease lets run twice, and tells all clients the same', async () => {
    const figures = await runCampaign({ subject: ownSubject('plain'), kills: 12, ...short });
    expect(figures).toMatchObject({ violations: [], missed: [], lost: 0 });
    expect(figures.kills).toBeGreaterThanOrEqual(12);
  });

  it.each(['inner timeout', 'by itself'] as const)(
    'commits each effect once, too, of handlers of this kind: %s',
    async (shape) => {
      const figures = await runCampaign({ subject: ownSubject('transactional', shape), kills: 12, ...short });
      expect(figures).toMatchObject({ violations: [], duplicates: 0, lost: 0, isBalanced: true });
      expect(figures.effects).toBe(figures.keys);
    },
  );

  it.each(['inner timeout', 'by itself'] as const)('reports every second effect of handlers of this kind: %s', async (shape) => {
    const figures = await runCampaign({ subject: ownSubject('plain', shape), kills: 12, ...short });
    expect(figures).toMatchObject({ violations: [], lost: 0 });
    expect(figures.effects).toBeGreaterThanOrEqual(figures.keys);
  });
});

describe('a kill campaign on an application that is broken on purpose', () => {
  const few = { seed: 4, processes: 2, clients: 2, kills: 4 } satisfies Partial<Campaign>;

  it('finds duplicates where the record is committed after the effect, by itself', async () => {
    const subject = ownSubject('transactional', 'returns', { broken: 'effect-first' });
    const { duplicates, violations } = await runCampaign({ subject, onlyAt: ['before record'], ...few });
    // Each kill fell between the two commits, and each key was sent again until it was answered.
    expect(duplicates).toBeGreaterThanOrEqual(few.kills);
    expect(violations).toContainEqual(expect.objectContaining({ promise: 'S6' }));
  });

  it('hears of it where the answer would leave before the commit: the library itself notices', async () => {
    const subject = ownSubject('transactional', 'returns', { broken: 'commits-late' });
    await expect(runCampaign({ subject, onlyAt: ['answer sent'], ...few })).rejects.toThrow('rolled-back');
  });

  it('finds duplicates where the slot is released at the end of the Observable', async () => {
    const subject = ownSubject('plain', 'inner timeout', { library: 'released at the end of the Observable' });
    const { violations } = await runCampaign({ subject, ...few });
    expect(violations).toContainEqual(expect.objectContaining({ promise: 'S7' }));
  });

  it('finds lost effects where a success leaves after a rollback', async () => {
    const subject = ownSubject('transactional', 'by itself', { library: 'answered after a rollback' });
    const { lost, violations } = await runCampaign({ subject, ...few });
    expect(lost).toBeGreaterThan(0);
    expect(violations).toContainEqual(expect.objectContaining({ promise: 'lost' }));
  });
});
