/**
 * The drivers that applications bring: of every major the oldest version that the peer range of its package takes, and the newest. Under
 * 1.0 a minor counts as a major where the project says so.
 */

/** A driver in one version, and the tests of this repository that are about it. */
export interface Row {
  /** Of the package that gives the driver, the first of `packages`. */
  readonly name: string;
  /** What is asked of npm: an exact version, or a major whose newest is taken. */
  readonly asked: string;
  /** All that is installed for it, as npm takes it. */
  readonly packages: readonly string[];
  /** The line of Node that it needs, where that is not the one of this process. */
  readonly node?: number;
  readonly specs: readonly string[];
  /** Only the tests whose titles hold this: those of the other drivers stand in the same files. */
  readonly titled?: string;
  /** What must compile against its types. */
  readonly sources: readonly string[];
}

type About = Omit<Row, 'name' | 'asked' | 'packages'>;
type Version = readonly [asked: string, besides?: Partial<Omit<Row, 'packages'>> & { readonly with?: readonly string[] }];

const rowsOf = (name: string, about: About, versions: readonly Version[], also: readonly string[] = []): Row[] =>
  versions.map(([asked, { with: further = [], ...besides } = {}]) => ({
    name,
    asked,
    packages: [`${name}@${asked}`, ...also.map((other) => `${other}@${asked}`), ...further],
    ...about,
    ...besides,
  }));

const client = (titled: string): About => ({
  specs: ['contract/redis', 'redis/clients', 'redis/cluster', 'redis/lost-replies', 'redis/sentinel'].map(
    (spec) => `test/${spec}.spec.ts`,
  ),
  titled,
  sources: ['packages/redis/src/index.ts', 'test/redis/drivers.ts'],
});

const tool = (file: string, titled: string): About => ({
  specs: ['tools', 'tool-faults', 'late', 'given-back', 'nested'].map((spec) => `test/postgres/${spec}.spec.ts`),
  titled,
  sources: [`packages/postgres/src/${file}.ts`, `test/postgres/tools/${file}.ts`],
});

const cls: About = {
  specs: ['test/postgres/cls-transactional.spec.ts'],
  sources: ['packages/postgres/src/cls-transactional.ts', 'test/postgres/tools/cls-transactional.ts'],
};

const cache: About = {
  specs: ['packages/cache-manager', 'test/contract/cache-manager.spec.ts', 'test/e2e/cache-manager.spec.ts'],
  sources: ['packages/cache-manager/src/index.ts', 'test/contract/cache-manager.spec.ts'],
};

export const ROWS: readonly Row[] = [
  ...rowsOf('ioredis', client('\\bioredis|by a URL'), [['5.4.1'], ['5'], ['6.0.0'], ['6']]),
  // Its modules are named, too: npm would leave those that are locked, which are made for another version of it.
  ...rowsOf(
    'redis',
    client('node-redis'),
    [['5.12.1'], ['5'], ['6.0.0'], ['6']],
    ['@redis/client', '@redis/bloom', '@redis/json', '@redis/search', '@redis/time-series'],
  ),
  ...rowsOf('pg', tool('pg', '\\bpg\\b'), [['8.11.0'], ['8']]),
  ...rowsOf('typeorm', tool('typeorm', 'TypeORM'), [['0.3.20'], ['0.3'], ['1.0.0'], ['1']]),
  ...rowsOf('@prisma/client', tool('prisma', 'Prisma'), [['7.0.0'], ['7']], ['prisma', '@prisma/adapter-pg']),
  ...rowsOf('drizzle-orm', tool('drizzle', 'Drizzle'), [['0.36.0'], ['0']]),
  ...rowsOf('knex', tool('knex', 'Knex'), [['3.3.0'], ['3']]),
  ...rowsOf('kysely', tool('kysely', 'Kysely'), [['0.28.11'], ['0.28'], ['0.29.0', { node: 22 }], ['0.29', { node: 22 }]]),
  ...rowsOf(
    '@mikro-orm/core',
    tool('mikro-orm', 'MikroORM'),
    // 6.6.17 cannot be installed: it depends on a version of `@mikro-orm/knex` that was never published.
    [['6.5.1'], ['6.6.16'], ['7.2.0', { node: 22 }], ['7', { node: 22 }]],
    ['@mikro-orm/postgresql'],
  ),
  ...rowsOf('@nestjs-cls/transactional', cls, [
    ['3.3.0', { with: ['nestjs-cls@6.3.0'] }],
    ['3', { with: ['nestjs-cls@7'], node: 22 }],
  ]),
  ...rowsOf('cache-manager', cache, [['7.0.0'], ['7']]),
];

/** What it is called where it is chosen and in the table: a driver that is used beneath another package is named beside it. */
export function titleOf({ packages }: Row): string {
  const [driver = '', ...others] = packages;
  const version = driver.slice(driver.lastIndexOf('@'));
  return [driver, ...others.filter((other) => !other.endsWith(version))].join(' + ');
}
