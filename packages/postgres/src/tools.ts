/** Which tool an object is, by what only that tool has: so that one which is given for another is told by its name. */
import { isPool } from './one-connection.js';

export interface Tool {
  readonly name: string;
  /** What shares its transactions, and the module of this package that has it, and its `joining`. */
  readonly from: string;
  readonly module: string;
}

const TOOLS: readonly (Tool & { readonly methods: readonly string[] })[] = [
  { name: 'a DataSource of TypeORM', from: 'fromDataSource', module: 'typeorm', methods: ['createQueryRunner', 'transaction'] },
  { name: 'a client of Prisma', from: 'fromPrisma', module: 'prisma', methods: ['$transaction', '$queryRawUnsafe'] },
  { name: 'a Knex', from: 'fromKnex', module: 'knex', methods: ['raw', 'transaction'] },
  { name: 'a Kysely', from: 'fromKysely', module: 'kysely', methods: ['executeQuery', 'transaction'] },
  { name: 'an entity manager of MikroORM', from: 'fromEntityManager', module: 'mikro-orm', methods: ['flush', 'transactional'] },
  { name: 'a database of Drizzle', from: 'fromDrizzle', module: 'drizzle', methods: ['execute', 'transaction'] },
];

const POOL: Tool = { name: 'a Pool of `pg`', from: 'fromPool', module: 'pg' };

/** The tool that `given` is; `undefined` where it is none of them. */
export function toolOf(given: unknown): Tool | undefined {
  return isPool(given) ? POOL : TOOLS.find(({ methods }) => hasAll(given, methods));
}

/** Knex is a function that has methods. */
export function hasAll(given: unknown, methods: readonly string[]): boolean {
  const tool = (typeof given === 'object' || typeof given === 'function' ? given : undefined) as
    Record<string, unknown> | null | undefined;
  return Boolean(tool) && methods.every((method) => typeof tool?.[method] === 'function');
}
