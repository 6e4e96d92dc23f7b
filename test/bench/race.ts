/** Measures rows against each other: all servers stand at once, and every round asks each of them, beginning with another one. */
import { randomUUID } from 'node:crypto';
import { drive } from './load.js';
import { again, fresh, plain } from './request.js';
import { Server } from './server.js';

/** One line of a table: which server is asked, and with which keys. */
export interface Row {
  readonly name: string;
  readonly program: string;
  readonly keys: 'none' | 'new' | 'kept';
  readonly environment?: Record<string, string>;
  /** Which of several servers of one program and environment is asked. */
  readonly copy?: number;
  /** The row that this one is divided by; absent for a row that others are divided by. */
  readonly against?: string;
}

/** How long to measure. */
export interface Effort {
  readonly rounds: number;
  readonly requests: number;
  readonly connections: number;
}

/** What one row cost in one round. */
export interface Sample {
  readonly cpuMicros: number;
  readonly perSecond: number;
}

/** The samples of each row, one for each round, in the order of the rounds. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

/** A row that is running: its server, and what it is asked next. */
export interface Lane {
  readonly row: Row;
  readonly server: Server;
  readonly next: () => string;
}

const KEPT_KEYS = 500;

/**
 * Runs `effort.rounds` rounds over `rows`; rows of the same program, environment and copy share a server.
 * `afterwards` sees each lane once more, alone, when all rounds are over.
 */
export async function race(
  rows: readonly Row[],
  environment: Record<string, string>,
  effort: Effort,
  afterwards?: (lane: Lane) => Promise<void>,
): Promise<Samples> {
  const servers = new Map<string, Server>();
  try {
    const lanes: Lane[] = [];
    for (const row of rows) {
      const id = JSON.stringify([row.program, row.environment, row.copy]);
      const server = servers.get(id) ?? (await Server.start(row.program, { ...environment, ...row.environment }));
      servers.set(id, server);
      lanes.push({ row, server, next: await requestsOf(row, server, effort) });
    }
    const samples = new Map<string, Sample[]>(rows.map((row) => [row.name, []]));
    for (let round = 0; round < effort.rounds; round++) {
      for (let turn = 0; turn < lanes.length; turn++) {
        const lane = lanes[(round + turn) % lanes.length];
        if (lane !== undefined) samples.get(lane.row.name)?.push(await sample(lane.server, lane.next, effort));
      }
    }
    for (const lane of lanes) await afterwards?.(lane);
    return samples;
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

/** Keeps the answers that a row wants to see replayed, and warms the row's path. */
async function requestsOf(row: Row, server: Server, effort: Effort): Promise<() => string> {
  let next = row.keys === 'none' ? plain : fresh;
  if (row.keys === 'kept') {
    const keys = Array.from({ length: KEPT_KEYS }, () => randomUUID());
    await drive(server.port, KEPT_KEYS, effort.connections, 201, again(keys));
    next = again(keys);
  }
  await drive(server.port, 2 * effort.requests, effort.connections, 201, next);
  return next;
}

async function sample(server: Server, next: () => string, effort: Effort): Promise<Sample> {
  const before = await server.usage();
  const load = await drive(server.port, effort.requests, effort.connections, 201, next);
  const after = await server.usage();
  return { cpuMicros: (after.cpuMicros - before.cpuMicros) / load.requests, perSecond: load.requests / load.seconds };
}
