/** Every fenced block of every document that is for users, with the place where it stands. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, root, shown } from '../architecture/workspace.js';

export interface Block {
  /** From the top of the repository. */
  readonly document: string;
  /** The number of its first line in the document. */
  readonly line: number;
  /** What stands behind the opening fence. */
  readonly language: string;
  readonly text: string;
  /** Of the comment right before it, `<!-- snippet: … -->`, which readers of the page do not see. */
  readonly note: string | undefined;
}

export const placeOf = ({ document, line }: Pick<Block, 'document' | 'line'>): string => `${document}:${line}`;

/** The README, which is that of the main package too, the pages of `docs`, and those of the other packages; decisions are for maintainers. */
export function documents(): string[] {
  const pages = filesBelow(join(root, 'docs'))
    .map(shown)
    .filter((file) => file.endsWith('.md') && !file.startsWith('docs/adr/'));
  const packages = readdirSync(join(root, 'packages')).filter((name) => name !== 'nestjs');
  return ['README.md', ...pages.sort(), ...packages.map((name) => `packages/${name}/README.md`)];
}

export const allBlocks = (): Block[] =>
  documents().flatMap((document) => blocksOf(document, readFileSync(join(root, document), 'utf8')));

/** The blocks of `markdown`. Throws for a fence that is not closed. */
export function blocksOf(document: string, markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [, indent = '', fence, language = ''] = /^( *)(```+|~~~+)(.*)$/.exec(lines[at]!) ?? [];
    if (fence === undefined) continue;
    const end = lines.findIndex((line, index) => index > at && line.trim() === fence);
    if (end < 0) throw new Error(`${document}:${at + 1}: the fence is not closed.`);
    const text = lines.slice(at + 1, end).map((line) => line.replace(indent, ''));
    blocks.push({ document, line: at + 2, language: language.trim(), text: `${text.join('\n')}\n`, note: noteBefore(lines, at) });
    at = end;
  }
  return blocks;
}

function noteBefore(lines: readonly string[], fence: number): string | undefined {
  const before = lines.slice(0, fence).findLast((line) => line.trim() !== '');
  return /^ *<!-- snippet: (.+) -->$/.exec(before ?? '')?.[1];
}
