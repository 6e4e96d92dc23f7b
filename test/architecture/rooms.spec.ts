/** The rooms of the two packages that are houses: every import goes down, every room has its sentence, and no file is long without a reason. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { importedSource, imports, root, shown, sources, workspaces } from './workspace.js';

type Room = readonly [name: string, sentence: string];

/** From the top to the ground. A room is a folder, or a file that lies outside of all folders. */
const HOUSES: Readonly<Record<string, readonly Room[]>> = {
  'nestjs-idempotency': [
    ['index.ts', 'What applications import.'],
    ['idempotency.module.ts', 'Puts everything together, and checks it at the start.'],
    ['copies.ts', 'What is injected by its class, for every copy of the package.'],
    ['start', 'What an application is told when it starts, and what stops it.'],
    ['turn', 'One protected request: its turn, its handler, its end.'],
    ['published', 'What clients are told of the policy.'],
    ['backends', 'The stores as the application chose them, and an engine for each.'],
    ['settings', 'Options, profiles and decorators, and what they come to for a route.'],
    ['kinds', 'What each option of the module can be, and where a part belongs.'],
    ['unsent', 'What became of an answer that was not rendered.'],
    ['request', 'What a request says: its key, its scope, what it asks.'],
    ['wire', 'The response at the wire: what leaves, and what is given in its place.'],
    ['events.ts', 'What happened, for those who run the application.'],
    ['fault-words.ts', 'What of a fault may be logged.'],
    ['problems.ts', 'From a reason to an HTTP answer.'],
    ['tokens.ts', 'What can be injected.'],
    ['config-error.ts', 'What stops the application at its start.'],
  ],
  '@nestjs-idempotency/core': [
    ['index.ts', 'What the shell and the adapters import.'],
    ['engine.ts', 'Opens attempts, and waits for running ones.'],
    ['opening.ts', 'Opens a slot and comes to a verdict.'],
    ['begun.ts', 'What begins with a verdict.'],
    ['leased-attempt.ts', 'A turn under a lease.'],
    ['late-save.ts', 'A save that failed, tried again.'],
    ['transaction.ts', 'A turn whose effects and record commit together.'],
    ['hold.ts', 'The bound of a transaction.'],
    ['bury.ts', 'Buries a slot whose handler ended its transaction itself.'],
    ['renewal.ts', 'Keeps a lease until its attempt ends, and tells when it is lost.'],
    ['waiting.ts', 'How a duplicate waits for the one that runs.'],
    ['turn.ts', 'What a route asks for, and what a request of it is to do.'],
    ['stored.ts', 'Records to and from their stored form, whatever the codec does.'],
    ['attempt.ts', 'One turn at a slot, and what it is made of.'],
    ['full-notice.ts', 'Tells that a store is full, and not too often.'],
    ['retrying.ts', 'Tries something again until it goes through.'],
    ['sealed.ts', 'Records that only their owner can read.'],
    ['codec.ts', 'Records as bytes.'],
    ['readable.ts', 'Whether what a codec gave is a record.'],
    ['decide.ts', 'From facts to a verdict.'],
    ['memory', 'The adapters of one process.'],
    ['pair.ts', 'Any storage and any lock as one.'],
    ['timed.ts', 'Calls of a store that end.'],
    ['timed-codec.ts', 'Promises of a codec that end.'],
    ['errors.ts', 'What a store throws.'],
    ['ports.ts', 'What a storage and a lock promise.'],
    ['lifecycle.ts', 'How a store begins and ends.'],
    ['record.ts', 'What is kept.'],
    ['faults.ts', 'What went wrong behind an answer.'],
    ['kinds', 'What the value of an option can be, and which one was meant.'],
    ['clock.ts', 'What time it is.'],
    ['copies.ts', 'What several copies of a package have in common.'],
    ['awaitable.ts', 'What may be there at once.'],
  ],
};

const LONG = 150;

describe.each(Object.entries(HOUSES))('%s', (name, rooms) => {
  const workspace = workspaces().find(({ manifest }) => manifest.name === name);
  const files = workspace ? sources(workspace) : [];
  const roomOf = (file: string): string =>
    shown(file)
      .replace(/^.*?\/src\//, '')
      .split('/')[0] ?? '';
  const floors = new Map(rooms.map(([room], floor) => [room, floor]));

  it('has every room in the list, and every room of the list', () => {
    expect([...new Set(files.map(roomOf))].sort()).toEqual([...floors.keys()].sort());
    for (const [, sentence] of rooms) expect(sentence).toMatch(/^[A-Z].*\.$/);
  });

  it('imports downwards only', () => {
    const up = files.flatMap((file) =>
      imports(file)
        .map((specifier) => importedSource(file, specifier))
        .filter((to) => to !== undefined)
        .filter((to) => (floors.get(roomOf(to)) ?? -1) < (floors.get(roomOf(file)) ?? -1))
        .map((to) => `${shown(file)} → ${shown(to)}`),
    );
    expect(up).toEqual([]);
  });

  it(`has no file of more than ${LONG} lines whose first comment does not say why: "Long because …"`, () => {
    const long = files.filter((file) => {
      const text = readFileSync(file, 'utf8');
      return text.trimEnd().split('\n').length > LONG && !/^\/\*\*(?:(?!\*\/)[\s\S])*[Ll]ong because/.test(text);
    });
    expect(long.map(shown)).toEqual([]);
  });
});

it('knows where the houses stand', () => {
  expect(workspaces().map(({ folder }) => folder)).toContain(join(root, 'packages', 'nestjs'));
});
