/** Servers, judged by what they say about themselves. */
import { expect, it } from '@jest/globals';
import { judge } from './check.js';

const info = (fields: Record<string, string>) =>
  `# Server\r\n${Object.entries({
    redis_version: '7.0.15',
    role: 'master',
    maxmemory_policy: 'noeviction',
    aof_enabled: '1',
    ...fields,
  })
    .map(([name, value]) => `${name}:${value}`)
    .join('\r\n')}\r\n`;

it.each(['7.0.0', '7.4.2', '8.0.0', '10.1.0'])('takes version %s', (version) => {
  expect(judge([info({ redis_version: version })])).toEqual({ refusals: [], warnings: [] });
});

it('counts Valkey by the version of Redis that it says it is compatible with', () => {
  const valkey = (redis: string) => info({ redis_version: redis, server_name: 'valkey', valkey_version: '8.0.1' });
  expect(judge([valkey('7.2.4')])).toEqual({ refusals: [], warnings: [] });
  expect(judge([valkey('6.2.14')]).refusals).toHaveLength(1);
});

it.each(['6.2.14', '5.0.7'])('refuses version %s, and says which it needs', (version) => {
  expect(judge([info({ redis_version: version })]).refusals).toEqual([`Redis ${version} is too old: 7.0 or later is needed.`]);
});

it('refuses when one primary of several is a replica, and says so once', () => {
  const replica = info({ role: 'slave' });
  expect(judge([info({}), replica, replica]).refusals).toEqual([expect.stringContaining('connected to a replica')]);
});

it('warns of every policy that evicts', () => {
  expect(judge([info({ maxmemory_policy: 'allkeys-lru' }), info({ maxmemory_policy: 'volatile-ttl' })]).warnings).toEqual([
    expect.stringContaining('allkeys-lru'),
    expect.stringContaining('volatile-ttl'),
  ]);
});

it('does not judge what a server does not tell', () => {
  expect(judge(['# Server\r\nredis_mode:standalone\r\n'])).toEqual({ refusals: [], warnings: [] });
});
