/** The address of this repository, as the manifest at its top says it, and what stands behind an address. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../', import.meta.url));

const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly repository: { readonly url: string };
};

/** Without a slash at its end. */
export const ADDRESS = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');

/** GitHub shows a page about a picture, and the picture itself elsewhere. */
const PICTURE = /\.(svg|png|jpe?g|gif)$/;

/** Where anybody reads `path`, a file or a folder from the top of the repository; throws where there is none. */
export function addressOf(path: string): string {
  const isFolder = statSync(join(root, path)).isDirectory();
  const kind = isFolder ? 'tree' : PICTURE.test(path) ? 'raw' : 'blob';
  return `${ADDRESS}/${kind}/main/${path}`.replace(/\/+$/, '');
}

/** The path from the top of the repository that `address` shows; undefined where it shows none. */
export function pathAt(address: string): string | undefined {
  const shown = ['blob', 'raw', 'tree'].map((kind) => `${ADDRESS}/${kind}/main/`).find((start) => address.startsWith(start));
  return shown === undefined ? undefined : address.slice(shown.length);
}
