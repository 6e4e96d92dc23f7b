/** Links between the repository's documents lead to files, and to headings, that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { filesBelow, root, shown } from './workspace.js';

const documents = filesBelow(root).filter((file) => file.endsWith('.md') && !shown(file).startsWith('.changeset/'));
const withoutCode = (markdown: string): string => markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '``');

/** The anchors GitHub gives to the headings of `markdown`. */
function anchors(markdown: string): string[] {
  const seen = new Map<string, number>();
  return [...markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .trim()
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replace(/ /g, '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}

/** The links of `file` that lead nowhere. */
function broken(file: string): string[] {
  const links = [...withoutCode(readFileSync(file, 'utf8')).matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)].map(
    ([, to = '']) => to,
  );
  return links
    .filter((to) => !/^[a-z][a-z0-9+.-]*:/i.test(to))
    .filter((to) => {
      const [path = '', anchor] = to.split('#', 2);
      const target = path === '' ? file : resolve(dirname(file), decodeURIComponent(path));
      if (!existsSync(target)) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchors(readFileSync(target, 'utf8')).includes(anchor);
    });
}

it('makes anchors as GitHub does', () => {
  expect(anchors('# A `b`: c, d\n## Twice\n## Twice\n```\n# not one\n```\n')).toEqual(['a-b-c-d', 'twice', 'twice-1']);
});

describe.each(documents.map((file) => [shown(file), file] as const))('%s', (_name, file) => {
  it('has no broken link', () => {
    expect(broken(file)).toEqual([]);
  });
});
