/**
 * A compiler that writes declarations names a type by a package that the application itself has: what stores take and give is to be had
 * from each package that has a store, as core is nobody's own under pnpm.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { published, sources } from './workspace.js';

/** What is taken or given by a store, a lock or a backend. */
const TYPES = ['Claim', 'Lease', 'Opened', 'Saved', 'StoredRecord', 'Watch'];

const stores = published().filter(({ folder }) => /(?:cache-manager|postgres|redis)$/.test(folder));

it.each(stores.map((workspace) => [workspace.manifest.name, workspace] as const))(
  '%s exports what its stores give',
  (_, workspace) => {
    const texts = sources(workspace).map((file) => readFileSync(file, 'utf8'));
    const fromCore = texts
      .flatMap((text) => [...text.matchAll(/import [^;]*? from '@nestjs-idempotency\/core'/g)].map(([all]) => all))
      .join(' ');
    const used = TYPES.filter((type) => new RegExp(`\\b${type}\\b`).test(fromCore));
    const [, exported = ''] =
      /export type \{ ([^}]*) \} from '@nestjs-idempotency\/core'/.exec(
        readFileSync(join(workspace.folder, 'src/index.ts'), 'utf8'),
      ) ?? [];
    expect(used.length).toBeGreaterThan(1);
    expect(exported.split(', ')).toEqual(expect.arrayContaining(used));
  },
);

it('the main package exports all of them, and what its own functions give', () => {
  const index = readFileSync(
    join(published().find(({ manifest }) => manifest.name === 'nestjs-idempotency')?.folder ?? '', 'src/index.ts'),
    'utf8',
  );
  for (const type of [...TYPES, 'Awaitable', 'Clock', 'ReadRecord', 'RecordCodec', 'RequestState'])
    expect(index).toMatch(new RegExp(`\\b${type}\\b`));
});
