/** The rare things that happened, by name: a search that never reaches them proves nothing. */
import { envelope } from '@nestjs-idempotency/core';
import { type Played, SLOT } from './play.js';

/** What a search over the engine alone must reach. */
export const RARE = [
  'kept',
  'replay',
  'superseded',
  'deferred',
  'running',
  'mismatch',
  'unknown',
  'lapsed',
  'lease-lost',
  'second effect',
  'committed',
  'rolled back',
];

/** What a search over the interceptor must reach as well: a share for each way in which somebody gets in between. */
export const RARE_AROUND = [
  'on express',
  'on fastify',
  'timeout',
  'timeout outside while it runs',
  'timeout inside while it runs',
  'outer retry',
  'fallback',
  'ran again',
  'intruder',
  'left before the gate',
  'left while it runs',
  'left while it is rendered',
  'left after',
  'gives stream',
  'gives observable',
  'gives several',
  'answers first',
  'answers callback',
  'answers then throws',
  'answers insists',
  'rolled-back',
  'holds value',
  'holds failure',
  'holds tombstone',
  'rendered later',
];

export async function reached(played: Played): Promise<string[]> {
  const { plan, heard, faults, effects, records, happened, transactions } = played;
  const told = heard.map(({ heard: one }) => (one.kind === 'answer' ? one.how : one.reason));
  const held = await Promise.all(
    records.map((content) => Promise.resolve(envelope.decode(Buffer.from(content, 'base64'), SLOT))),
  );
  return [
    ...new Set([
      ...told,
      ...faults.map(({ kind }) => kind),
      ...happened,
      ...(effects.length > 1 ? ['second effect'] : []),
      ...(transactions.committed > 0 ? ['committed'] : []),
      ...(transactions['rolled back'] > 0 ? ['rolled back'] : []),
      ...held.map(({ kind }) => `holds ${kind}`),
      ...(held.length > 1 ? ['rendered later'] : []),
      `on ${plan.platform}`,
    ]),
  ];
}
