/** Compiles the blocks as one program against the packages' sources, by the strict settings of this repository. */
import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../architecture/workspace.js';
import type { Written } from './workshop.js';

/** What the compiler says of each block, by the lines of its document; a block that compiles is not in it. */
export function compileErrors(written: readonly Written[]): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
  const program = ts.createProgram(
    written.map(({ file }) => file),
    { ...options, noEmit: true, declaration: false, sourceMap: false },
  );
  const errors = new Map<string, string[]>();
  for (const { block, file } of written) {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((diagnostic) => {
      const { line } = ts.getLineAndCharacterOfPosition(source!, diagnostic.start ?? 0);
      return `${block.document}:${block.line + line}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`;
    });
    if (source && awaitsAtTheTop(source))
      found.push(
        `${block.document}:${block.line}: a project of CommonJS, as the CLI of Nest 11 makes it, has no await at the top level.`,
      );
    if (found.length > 0) errors.set(file, found);
  }
  return errors;
}

function awaitsAtTheTop(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  const awaits = ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined);
  return awaits || ts.forEachChild(node, (child) => awaitsAtTheTop(child) || undefined) === true;
}
