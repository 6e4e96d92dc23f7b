/** A Redis Cluster of three primaries on this machine, without replicas: moving slots needs none. */
import { Redis } from 'ioredis';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { startRedis, type RedisServer } from './redis.js';

const SLOTS = 16_384;

export interface RedisCluster {
  readonly ports: readonly number[];
  /** The port of the node that serves the slot of `key`. */
  portOf(key: string): Promise<number>;
  /** Moves the slot of `key` to the next node; `midway` runs when its keys are on their way and nobody has been told. */
  move(key: string, midway?: () => Promise<void> | void): Promise<void>;
  /** Runs a command on every node. */
  everywhere(command: string, ...args: string[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startCluster(): Promise<RedisCluster> {
  const servers = await Promise.all([0, 1, 2].map(startNode));
  const nodes = servers.map(({ port }) => new Redis(port, '127.0.0.1'));
  const ids = (await Promise.all(nodes.map((node) => node.cluster('MYID')))).map(String);
  await Promise.all(nodes.map((node, i) => node.call('cluster', 'addslotsrange', ...bounds(i))));
  for (const { port } of servers.slice(1)) await nodes[0]?.cluster('MEET', '127.0.0.1', port);
  await everyNode(nodes, async (node) => {
    const text = String(await node.cluster('INFO'));
    return text.includes('cluster_state:ok') && text.includes('cluster_known_nodes:3') && text.includes('cluster_size:3');
  });

  async function ownerOf(slot: number): Promise<number> {
    const ranges = (await nodes[0]?.cluster('SLOTS')) ?? [];
    const range = ranges.find(([from, to]) => from <= slot && slot <= to);
    const port = range?.[2]?.[1];
    return servers.findIndex((server) => server.port === port);
  }
  const slotOf = async (key: string) => Number(await nodes[0]?.cluster('KEYSLOT', key));

  return {
    ports: servers.map(({ port }) => port),
    portOf: async (key) => servers[await ownerOf(await slotOf(key))]?.port ?? 0,
    async move(key, midway) {
      const slot = await slotOf(key);
      const from = await ownerOf(slot);
      const to = (from + 1) % 3;
      const [source, target] = [nodes[from] as Redis, nodes[to] as Redis];
      await target.call('cluster', 'setslot', String(slot), 'importing', ids[from] ?? '');
      await source.call('cluster', 'setslot', String(slot), 'migrating', ids[to] ?? '');
      const keys = await source.cluster('GETKEYSINSLOT', slot, 1_000);
      const port = String(servers[to]?.port);
      if (keys.length > 0) await source.call('migrate', '127.0.0.1', port, '', '0', '5000', 'KEYS', ...keys);
      await midway?.();
      for (const node of [target, source, ...nodes]) await node.call('cluster', 'setslot', String(slot), 'node', ids[to] ?? '');
    },
    async everywhere(command, ...args) {
      await Promise.all(nodes.map((node) => node.call(command, ...args)));
    },
    async stop() {
      for (const node of nodes) node.disconnect();
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

/** The port of a node's bus is its own plus 10,000, which must be a port too. */
async function startNode(): Promise<RedisServer> {
  for (;;) {
    const port = await freePort();
    if (port < 55_000) return startRedis(['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'], port);
  }
}

function bounds(i: number): [from: string, to: string] {
  return [String(Math.floor((SLOTS * i) / 3)), String(Math.floor((SLOTS * (i + 1)) / 3) - 1)];
}

async function everyNode(nodes: readonly Redis[], isReady: (node: Redis) => Promise<boolean>): Promise<void> {
  const until = Date.now() + 30_000;
  while (!(await Promise.all(nodes.map(isReady))).every(Boolean)) {
    if (Date.now() > until) throw new Error('The nodes did not come together to a Cluster within half a minute.');
    await pause(50);
  }
}
