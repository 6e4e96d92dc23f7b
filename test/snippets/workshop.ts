/** A folder in which each TypeScript block is a file as a user would have it, with the files beside it that it imports. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../architecture/workspace.js';
import type { Block } from './blocks.js';

const given = fileURLToPath(new URL('given', import.meta.url));

export interface Written {
  readonly block: Block;
  readonly file: string;
}

export const isTypeScript = ({ language }: Block): boolean => language === 'ts';
export const exportsModule = ({ text }: Pick<Block, 'text'>): boolean => /^export class AppModule\b/m.test(text);
/** Whether a test runner runs it. */
export const isTest = ({ text }: Block): boolean => /^\s*(describe|it)\(/m.test(text);

/** In the repository, so that packages are found from there, and where neither git nor a linter looks. */
export class Workshop implements Disposable {
  readonly folder: string;
  readonly written: readonly Written[];

  /** Each block is written as `changed` makes it. `prismaClient`: the folder of the client that `prisma generate` has made. */
  constructor(blocks: readonly Block[], prismaClient: string, changed = (text: string): string => text) {
    mkdirSync(join(root, 'reports'), { recursive: true });
    this.folder = mkdtempSync(join(root, 'reports/snippets-'));
    const first = blocks.find(exportsModule);
    let module = first;
    this.written = blocks.filter(isTypeScript).map((block) => {
      if (module?.document !== block.document) module = first;
      const folder = this.#folderOf(block);
      cpSync(given, folder, { recursive: true });
      // The module of its page that stands last before it, or else the first of all.
      if (module) put(folder, 'app.module.ts', `export { AppModule } from '../${nameOf(module)}/snippet.js';\n`);
      put(folder, 'generated/prisma/client.ts', `export * from '../../../../${basename(prismaClient)}/client.js';\n`);
      if (exportsModule(block)) module = block;
      return { block, file: put(folder, 'snippet.ts', changed(block.text)) };
    });
  }

  #folderOf(block: Block): string {
    return join(this.folder, nameOf(block));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const nameOf = ({ document, line }: Block): string => `${document.replaceAll('/', '+')}+${line}`;

function put(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
}
