/**
 * The projects that the official CLIs generate, as `projects/` keeps them: those of @nestjs/schematics 11.1.0 and 12.0.6 by `nest new`,
 * strict, untouched but for the layout; what configures linters is left out. Nest 12 asks which module system it is to be.
 */
import { join } from 'node:path';
import { root } from '../architecture/workspace.js';

/** A program of `nest build` beside the default, which is `tsc`. */
export type Builder = 'swc' | 'webpack' | 'rspack';

/** A project of a CLI. */
export interface Template {
  readonly name: 'nest-11' | 'nest-12' | 'nest-12-commonjs';
  readonly nest: 11 | 12;
  /** What its relative imports end in. */
  readonly extension: '' | '.js';
  /** The builders that take it; the one for webpack refuses ES modules, by which it names rspack. */
  readonly builders: readonly Builder[];
  /** The first Node on which its tests run as they are generated: Jest cannot `require` Nest 12, which is of ES modules, before. */
  readonly testsFrom: readonly [major: number, minor: number];
}

const TEMPLATES: readonly Template[] = [
  { name: 'nest-11', nest: 11, extension: '', builders: ['swc', 'webpack'], testsFrom: [20, 0] },
  { name: 'nest-12', nest: 12, extension: '.js', builders: ['swc', 'rspack'], testsFrom: [20, 0] },
  { name: 'nest-12-commonjs', nest: 12, extension: '', builders: ['swc', 'webpack', 'rspack'], testsFrom: [24, 9] },
];

export const templatesOn = (nest: number): Template[] => TEMPLATES.filter((template) => template.nest === nest);

export const templateFolder = ({ name }: Template): string => join(root, 'test/published/projects', name);

/** Whether the tests that the CLI generates run on this Node at all. */
export function runsTests({ testsFrom: [major, minor] }: Template, node = process.versions.node): boolean {
  const [ownMajor = 0, ownMinor = 0] = node.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
