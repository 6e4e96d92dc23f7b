/** One installation for each Nest: what all projects on it need, our packages from their tarballs among it. */
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readManifest, root } from '../architecture/workspace.js';
import { command } from './command.js';
import type { Tarball } from './tarballs.js';
import { templatesOn, templateFolder } from './templates.js';

type Versions = Readonly<Record<string, string>>;

/** What the CLI puts into a project beside, and no check here runs: rules, layout, coverage, deployment. */
const NOT_RUN = /eslint|prettier|oxlint|^globals$|coverage|@nestjs\/mau/;

/** What each builder of the CLI asks for when it is chosen; in the newest version, as `npm install` gives it. */
const BUILDERS = {
  11: ['@swc/cli', '@swc/core'],
  12: [
    ...['@swc/cli', '@swc/core', '@rspack/core', 'webpack', 'webpack-node-externals'],
    ...['tsconfig-paths-webpack-plugin', 'ts-loader', 'fork-ts-checker-webpack-plugin'],
  ],
} as const;

/** What the application of our own needs beside; and it is run on both platforms. */
const BESIDE = ['@types/pg'];

/** Where everything is installed, and what of ours. */
export interface Installation {
  readonly nest: 11 | 12;
  readonly folder: string;
  readonly tarballs: readonly Tarball[];
}

/** The version this repository is tested with, so that a consumer does not move under a test. */
function ownVersion(name: string): string {
  const { devDependencies } = readManifest(root);
  return devDependencies?.[name] ?? '*';
}

async function generated(folder: string): Promise<Versions> {
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<
    'dependencies' | 'devDependencies',
    Versions
  >;
  return Object.fromEntries(Object.entries({ ...dependencies, ...devDependencies }).filter(([name]) => !NOT_RUN.test(name)));
}

/** Installs in `folder` what the projects that the CLI of Nest `nest` generates ask for, `tarballs`, and all their peers. */
export async function install(folder: string, nest: 11 | 12, tarballs: readonly Tarball[]): Promise<Installation> {
  const peers = tarballs.flatMap(({ peers }) => Object.keys(peers)).filter((name) => !name.startsWith('@nestjs/'));
  const asked: Versions = Object.assign(
    {},
    ...(await Promise.all(templatesOn(nest).map((one) => generated(templateFolder(one))))),
  ) as Versions;
  const dependencies = {
    ...Object.fromEntries(BUILDERS[nest].map((name) => [name, '*'])),
    ...Object.fromEntries([...BESIDE, ...peers].map((name) => [name, ownVersion(name)])),
    ...asked,
    '@nestjs/platform-fastify': `^${nest}.0.0`,
    ...Object.fromEntries(tarballs.map(({ name, path }) => [name, `file:${path}`])),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: `nest-${nest}`, private: true, dependencies }, null, 2));
  await command(folder, 'npm', 'install', '--no-audit', '--no-fund', '--no-package-lock');
  return { nest, folder, tarballs };
}

/** A folder for a project that finds what is installed as its own. */
export async function projectIn({ folder }: Installation, name: string): Promise<string> {
  const project = join(folder, name);
  await mkdir(project);
  await symlink(join(folder, 'node_modules'), join(project, 'node_modules'), 'junction');
  return project;
}
