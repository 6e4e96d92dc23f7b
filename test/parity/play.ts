/** Plays cases against the fixture: one application for each distinct mode and options, a counter and keys for each case. */
import { randomUUID } from 'node:crypto';
import { someRedis } from '../servers/redis.js';
import { type Fixture, type Platform, startFixture } from './app.js';
import { send } from './client.js';
import { differences } from './compare.js';
import { type ParityCase, type Step, stepsOf } from './format.js';
import { moduleOptions, needsRedis } from './settings.js';

/** What came of a case on a platform: it holds if there are no differences. */
export interface Outcome {
  readonly platform: Platform;
  readonly id: string;
  readonly title: string;
  readonly differences: readonly string[];
}

/** Plays `cases` one after another and yields what came of each. */
export async function* playAll(platform: Platform, cases: readonly ParityCase[]): AsyncGenerator<Outcome> {
  const redis = cases.some(needsRedis) ? await someRedis() : undefined;
  try {
    for (const group of grouped(cases).values()) yield* playGroup(platform, group, redis?.url ?? '');
  } finally {
    await redis?.stop();
  }
}

async function* playGroup(platform: Platform, group: readonly ParityCase[], redis: string): AsyncGenerator<Outcome> {
  const [first] = group;
  if (first === undefined) return;
  let fixture: Fixture;
  try {
    fixture = await startFixture(platform, moduleOptions(first, redis));
  } catch (error) {
    const difference = `the application does not start: ${error instanceof Error ? error.message : String(error)}`;
    for (const { id, title } of group) yield { platform, id, title, differences: [difference] };
    return;
  }
  try {
    for (const one of group) yield { platform, id: one.id, title: one.title, differences: await play(fixture, one) };
  } finally {
    await fixture.close();
  }
}

async function play(fixture: Fixture, { steps, executions }: ParityCase): Promise<readonly string[]> {
  const caseName = randomUUID();
  const fill = keysOf(caseName);
  const found: string[] = [];
  for (const [index, stage] of steps.entries()) {
    const told = await Promise.all(stepsOf(stage).map((step) => playStep(fixture, caseName, step, fill)));
    found.push(...told.flat().map((difference) => `step ${String(index + 1)}: ${difference}`));
  }
  const ran = fixture.executions(caseName);
  if (executions !== undefined && ran !== executions)
    found.push(`the handler ran ${String(ran)} times, not ${String(executions)}`);
  return found;
}

async function playStep(
  fixture: Fixture,
  caseName: string,
  step: Step,
  fill: (text: string) => string,
): Promise<readonly string[]> {
  const request = `${step.method} ${step.path}`;
  try {
    const reply = await send(fixture.port, caseName, step, fill);
    return differences(reply, step.expect ?? {}).map((difference) => `${request}: ${difference}`);
  } catch (error) {
    return [`${request}: there is no answer: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** Puts this case's own keys in the place of `$K`, `$K2`, `$Ka`, … */
function keysOf(caseName: string): (text: string) => string {
  return (text) => text.replace(/\$K([0-9a-z]?)/g, (_, which: string) => (which === '' ? caseName : `${caseName}-${which}`));
}

function grouped(cases: readonly ParityCase[]): Map<string, ParityCase[]> {
  const groups = new Map<string, ParityCase[]>();
  for (const [index, one] of cases.entries()) {
    // Under the constant encoder all requests share one slot, so that each case needs an application of its own.
    const own = one.options.encoder === 'constant' ? index : undefined;
    const settings = JSON.stringify([one.mode, one.options, own]);
    groups.set(settings, [...(groups.get(settings) ?? []), one]);
  }
  return groups;
}
