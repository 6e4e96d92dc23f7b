/** Counts round trips: how often a Redis server read from a client while requests were made one after another. */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { drive } from './load.js';

/** Trips to the Redis at `url` for each of `requests` requests. Nothing else may use that server meanwhile. */
export async function tripsPerRequest(url: string, port: number, requests: number, next: () => string): Promise<number> {
  const before = await readsOf(url);
  await drive(port, requests, 1, 201, next);
  // The second question is itself a read.
  return ((await readsOf(url)) - before - 1) / requests;
}

async function readsOf(url: string): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end('INFO stats\r\nQUIT\r\n');
  const reads = /total_reads_processed:(\d+)/.exec(await text(socket))?.[1];
  if (reads === undefined) throw new Error('This Redis does not count its reads (INFO stats, total_reads_processed).');
  return Number(reads);
}
