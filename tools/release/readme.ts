/** The README of the main package: the repository's own, as it reads on npm, where a relative link leads nowhere. */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { isAbsolute, withLinks } from '../markdown.js';
import { addressOf, root } from '../repository.js';

/** `markdown`, a document at the top of the repository, with absolute links. Those within it stay. Throws for one that leads to no file. */
export function standalone(markdown: string): string {
  return withLinks(markdown, (to) => {
    if (isAbsolute(to) || to.startsWith('#')) return to;
    const [path = '', anchor] = to.split('#', 2);
    return addressOf(posix.normalize(path)) + (anchor === undefined ? '' : `#${anchor}`);
  });
}

/** What `nestjs-idempotency` has on npm. */
export const mainReadme = (): string => standalone(readFileSync(join(root, 'README.md'), 'utf8'));
