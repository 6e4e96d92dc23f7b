/**
 * `npm run test:published -- [versions of Nest]`: the packages as their users get them. Packs each, installs the tarballs once for each
 * Nest, and there compiles and starts an application of either module format, and the projects that the CLI of that Nest generates.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { askedOf } from '../../tools/asked.js';
import { several, text } from '../../tools/options.js';
import { check, close } from './checks.js';
import { compile, consumer, load, loadBoth, type ModuleSetting, start } from './consumer.js';
import { buildBy, generate, script, startInProduction, typed, type Variant } from './generated.js';
import { install, type Installation } from './install.js';
import { contents, manifestLint, packAll, texts, type Tarball, typeResolution } from './tarballs.js';
import { runsTests, type Template, templatesOn } from './templates.js';

/** Nest 12 is of ES modules, which TypeScript lets CommonJS import from `node20` on: before, it refuses them (TS1479), ours or not. */
const MODULES: Readonly<Record<11 | 12, Readonly<Record<'esm' | 'cjs', readonly ModuleSetting[]>>>> = {
  11: { esm: ['nodenext', 'node16'], cjs: ['nodenext', 'node20', 'node16', 'commonjs'] },
  12: { esm: ['nodenext', 'node16'], cjs: ['nodenext', 'node20'] },
};

async function made(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  return folder;
}

async function tarballsIn(folder: string): Promise<Tarball[]> {
  let tarballs: Tarball[] = [];
  await check('every package builds and packs', async () => {
    tarballs = await packAll(folder);
  });
  for (const tarball of tarballs) {
    await check(`${tarball.name}: files`, () => {
      contents(tarball);
    });
    await check(`${tarball.name}: README and source maps`, () => {
      texts(tarball);
    });
    await check(`${tarball.name}: publint`, async () => manifestLint(tarball));
    await check(`${tarball.name}: types as resolved`, async () => typeResolution(tarball));
  }
  return tarballs;
}

async function applications(installation: Installation, name: string): Promise<void> {
  for (const format of ['esm', 'cjs'] as const) {
    const project = await consumer(installation, format);
    // What is in the declarations is checked once: under another setting only where they are found may differ.
    for (const [at, module] of MODULES[installation.nest][format].entries())
      await check(`${name}, ${format}: compiles as ${module}`, async () => compile(project, module, { declarations: at === 0 }));
    await check(`${name}, ${format}: loads every entry by import and by require`, async () => load(project));
    await check(`${name}, ${format}: is protected once by both copies`, async () => loadBoth(project));
    for (const platform of ['express', 'fastify'] as const)
      await check(`${name}, ${format}, ${platform}: replays`, async () => start(project, platform));
  }
}

async function generated(installation: Installation, template: Template, variant: Variant, name: string): Promise<void> {
  let project: Awaited<ReturnType<typeof generate>> | undefined;
  await check(`${name}: takes the README's route`, async () => {
    project = await generate(installation, template, variant);
  });
  if (project === undefined) return;
  const made = project;
  await check(`${name}: tsc`, async () => typed(made));
  if (runsTests(template)) {
    await check(`${name}: npm run test`, async () => script(made, 'test'));
    await check(`${name}: npm run test:e2e`, async () => script(made, 'test:e2e'));
  }
  if (await check(`${name}: npm run build`, async () => script(made, 'build')))
    await check(`${name}: npm run start:prod`, async () => startInProduction(made));
  if (variant !== 'express') return;
  for (const builder of template.builders)
    if (await check(`${name}: nest build by ${builder}`, async () => buildBy(made, builder)))
      await check(`${name}: npm run start:prod, built by ${builder}`, async () => startInProduction(made));
}

async function projectsOn(folder: string, nest: 11 | 12, tarballs: readonly Tarball[]): Promise<void> {
  const name = `node ${process.versions.node}, nest ${nest}`;
  let installation: Installation | undefined;
  await check(`${name}: installs`, async () => {
    installation = await install(join(folder, `nest-${nest}`), nest, tarballs);
  });
  if (installation === undefined) return;
  await applications(installation, name);
  for (const template of templatesOn(nest)) {
    const variants: readonly Variant[] = ['express', 'fastify', ...(nest === 11 ? (['module commonjs'] as const) : [])];
    for (const variant of variants) await generated(installation, template, variant, `${name}, ${template.name}, ${variant}`);
  }
}

const asked = askedOf({
  command: 'npm run test:published --',
  does: 'Packs the packages, and installs and uses them in projects of either module format, and in those that the CLIs generate.',
  options: {
    nest: several(
      { value: 'MAJOR', means: 'versions of Nest', takes: '11 or 12', isTaken: (version) => ['11', '12'].includes(version) },
      ['12', '11'],
    ),
    into: text({
      value: 'FOLDER',
      means: 'leaves the tarballs there, checked and installed nowhere',
      takes: 'a folder, which is made where there is none',
      isTaken: (folder) => folder !== '',
    }),
  },
  unnamed: ['nest'],
});

async function everything(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'published-'));
  try {
    const tarballs = await tarballsIn(folder);
    // One beside the other: an installation waits for the network most of the time.
    if (tarballs.length > 0)
      await Promise.all(asked.nest.map(async (nest) => projectsOn(folder, nest === '11' ? 11 : 12, tarballs)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (asked.into === undefined) await everything();
else await tarballsIn(await made(resolve(asked.into)));
close();
