/** Plays each page from its top to its end: what it starts, and what it sends to that. `play.program.ts PLAN.json RESULT.json` */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'node:util';
import { end, origin, refuseComplaints, start, until } from './applications.js';
import { whileTheFirstRuns } from './answers.js';
import { countOrders, runSql, sentInTurn } from './database.js';
import { probe } from './probe.js';
import { playSession } from './session.js';
import type { Plan, Turn } from './plan.js';

const [, , planFile, resultFile] = process.argv;
const { pages } = JSON.parse(readFileSync(planFile!, 'utf8')) as Plan;
const failures: Record<string, string> = {};
for (const page of pages) {
  // What was sent is known when all of the page has run.
  const late = page.filter(({ way }) => way === 'statements');
  for (const turn of [...page.filter((one) => !late.includes(one)), ...late]) await noting(turn);
  await end();
}
writeFileSync(resultFile!, JSON.stringify(failures));
// Connections of snippets that nobody closes do not keep it.
process.exit();

async function noting(turn: Turn): Promise<void> {
  try {
    await play(turn);
  } catch (error) {
    failures[turn.place] = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

async function play({ way, text, file }: Turn): Promise<void> {
  if (way === 'session') return playSession(text, origin());
  if (way === 'answer') return whileTheFirstRuns(text);
  if (way === 'sql') return runSql(text);
  if (way === 'statements') return sentInTurn(text);
  const printed = listening();
  const app = await start({ file: file!, text });
  const shown = [...text.matchAll(/^ *console\.log\(.*\); \/\/ (.+)$/gm)].map(([, value]) => value);
  await until(() => printed.length >= shown.length, 'It does not print as much as it shows.');
  if (shown.length > 0) assert.deepEqual(printed, shown);
  if (app !== undefined) {
    // For the clients that a page has.
    process.env['ORIGIN'] = origin();
    const items = await probe(app, origin());
    if (text.includes('transactional: true')) for (const item of items) assert.equal(await countOrders(item), 1);
  }
  refuseComplaints();
}

/** What is printed from now on, compared above with the comments of the lines that print: `console.log(…); // …`. */
function listening(): string[] {
  const printed: string[] = [];
  console.log = (...values: unknown[]) => void printed.push(format(...values));
  return printed;
}
