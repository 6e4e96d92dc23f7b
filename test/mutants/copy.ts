/** A copy of the repository in which mistakes can be made. */
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutant.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['packages', 'sample-app', 'test', 'tools', 'jest.config.ts', 'package.json', 'tsconfig.json'];
const LEFT_OUT = new Set(['node_modules', 'dist', 'reports', 'projects']);

/** A tree that shares the installed packages with ours, and nothing else. */
export class Copy implements Disposable {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'mutants-')));

  constructor() {
    for (const name of COPIED)
      cpSync(join(ROOT, name), join(this.path, name), { recursive: true, filter: (source) => !LEFT_OUT.has(basename(source)) });
    symlinkSync(join(ROOT, 'node_modules'), join(this.path, 'node_modules'));
  }

  /** Makes the mistake, and gives what takes it back. Throws unless the place is found exactly once: a mutant must not go stale. */
  make({ name, file, from, to }: Mutant): () => void {
    const path = join(this.path, file);
    const source = readFileSync(path, 'utf8');
    const places = source.split(from).length - 1;
    if (places !== 1) throw new Error(`Mutant "${name}": its place is found ${places} times in ${file}.`);
    writeFileSync(
      path,
      source.replace(from, () => to),
    );
    return () => {
      writeFileSync(path, source);
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}
