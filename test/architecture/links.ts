/** Where links of documents lead: within the repository, also by its address, to files and to headings that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { anchorsIn, isAbsolute, linksIn } from '../../tools/markdown.js';
import { pathAt } from '../../tools/repository.js';
import { root } from './workspace.js';

/** The links of `markdown` that lead nowhere, if it is read at `file`. An address outside of the repository is not looked at. */
export function brokenLinks(markdown: string, file: string): string[] {
  return linksIn(markdown).filter((to) => {
    const path = pathAt(to);
    if (path === undefined) return !isAbsolute(to) && !exists(to, markdown, dirname(file));
    return !exists(path, markdown, root);
  });
}

function exists(to: string, markdown: string, folder: string): boolean {
  const [path = '', anchor] = to.split('#', 2);
  const target = resolve(folder, decodeURIComponent(path));
  if (path === '') return anchor === undefined || anchorsIn(markdown).includes(anchor);
  if (!existsSync(target)) return false;
  return anchor === undefined || !target.endsWith('.md') || anchorsIn(readFileSync(target, 'utf8')).includes(anchor);
}

/** What is wrong with `markdown` as the README of the package `name` on npm, where it stands alone. */
export function readmeFaults(name: string, markdown: string): string[] {
  const relative = linksIn(markdown).filter((to) => !isAbsolute(to) && !to.startsWith('#'));
  const code = [...markdown.matchAll(/^( *)```\w*\n([\s\S]*?)^\1```/gm)].map(([, , lines = '']) => lines);
  const lacks = (what: string, has: boolean): string[] => (has ? [] : [`lacks ${what}`]);
  return [
    ...lacks(`the heading "# ${name}"`, markdown.startsWith(`# ${name}\n`)),
    ...lacks(
      'a command that installs it',
      code.some((lines) => new RegExp(`^npm install .*${name}( |$)`, 'm').test(lines)),
    ),
    ...lacks(
      'an example that imports it',
      code.some((lines) => lines.includes(`from '${name}`)),
    ),
    ...lacks(
      'a module with a profile',
      code.some((lines) => /^@Module\(\{[\s\S]*profile: '/m.test(lines)),
    ),
    ...relative.map((to) => `has a relative link: ${to}`),
    ...brokenLinks(markdown, join(root, 'packages/README.md')).map((to) => `has a link that leads nowhere: ${to}`),
  ];
}
