/** Which servers are refused, and what is warned of, by what they say about themselves. Pure. */

export interface Judgement {
  readonly refusals: readonly string[];
  readonly warnings: readonly string[];
}

const REFUSALS: Rule[] = [
  [
    'redis_version',
    (version) => Number.parseInt(version, 10) < 7,
    (version) => `Redis ${version} is too old: 7.0 or later is needed.`,
  ],
  [
    'role',
    (role) => role === 'slave',
    () => 'The Redis client is connected to a replica: leases can only be held on the primary.',
  ],
];

const WARNINGS: Rule[] = [
  [
    'maxmemory_policy',
    (policy) => policy !== 'noeviction',
    (policy) =>
      `Redis evicts keys (maxmemory-policy ${policy}): an evicted record or lease is a second execution. Set noeviction.`,
  ],
  [
    'aof_enabled',
    (enabled) => enabled === '0',
    () => 'Redis keeps no append-only file: a restart forgets records and leases. Set appendonly yes.',
  ],
];

type Rule = [field: string, isBroken: (value: string) => boolean, sentence: (value: string) => string];

/** Judges the `INFO` of every primary. A field that a server does not tell is not judged. */
export function judge(infos: readonly string[]): Judgement {
  const told = infos.map((info) => new Map(info.split(/\r?\n/).map((line) => line.split(/:(.*)/s, 2) as [string, string])));
  const broken = (rules: readonly Rule[]): string[] => [
    ...new Set(
      rules.flatMap(([field, isBroken, sentence]) =>
        told.flatMap((fields) => {
          const value = fields.get(field);
          return value !== undefined && isBroken(value) ? [sentence(value)] : [];
        }),
      ),
    ),
  ];
  return { refusals: broken(REFUSALS), warnings: broken(WARNINGS) };
}
