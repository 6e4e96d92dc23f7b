/**
 * `npm run test:published -- [versions of Nest]`: the packages as their users get them. Packs each, installs the tarballs
 * into CommonJS and ESM projects on Nest 12 and Nest 11, compiles those, and starts an application on each platform.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askedOf } from '../../tools/asked.js';
import { several } from '../../tools/options.js';
import { check, close } from './checks.js';
import { compile, install, load, start, type Consumer } from './consumer.js';
import { contents, manifestLint, packAll, typeResolution, type Tarball } from './tarballs.js';

/** TypeScript lets CommonJS import an ES module from `node20` on; under `node16` it refuses (TS1479), for Nest 12 as for us. */
const modules = { esm: ['node16', 'nodenext'], cjs: ['node20', 'nodenext'] } as const;

async function tarballsIn(folder: string): Promise<Tarball[]> {
  let tarballs: Tarball[] = [];
  await check('every package builds and packs', async () => {
    tarballs = await packAll(folder);
  });
  for (const tarball of tarballs) {
    await check(`${tarball.name}: files`, () => {
      contents(tarball);
    });
    await check(`${tarball.name}: publint`, async () => manifestLint(tarball));
    await check(`${tarball.name}: types as resolved`, async () => typeResolution(tarball));
  }
  return tarballs;
}

async function consumerOf(folder: string, format: 'esm' | 'cjs', nest: number, tarballs: readonly Tarball[]): Promise<void> {
  const name = `node ${process.versions.node}, nest ${nest}, ${format}`;
  let consumer: Consumer | undefined;
  await check(`${name}: installs`, async () => {
    consumer = await install(join(folder, `${format}-${nest}`), format, nest, tarballs);
  });
  if (consumer === undefined) return;
  const project = consumer;
  for (const module of modules[format]) await check(`${name}: compiles as ${module}`, async () => compile(project, module));
  await check(`${name}: loads every entry once`, async () => load(project));
  for (const platform of ['express', 'fastify'] as const) {
    await check(`${name}, ${platform}: replays`, async () => start(project, platform));
  }
}

const asked = askedOf({
  command: 'npm run test:published --',
  does: 'Packs the packages, and installs and uses them in projects of either module format.',
  options: {
    nest: several(
      { value: 'MAJOR', means: 'versions of Nest', takes: '11 or 12', isTaken: (version) => ['11', '12'].includes(version) },
      ['12', '11'],
    ),
  },
  unnamed: ['nest'],
});
const folder = await mkdtemp(join(tmpdir(), 'published-'));
try {
  const tarballs = await tarballsIn(folder);
  if (tarballs.length > 0) {
    for (const nest of asked.nest)
      for (const format of ['esm', 'cjs'] as const) await consumerOf(folder, format, Number(nest), tarballs);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
close();
