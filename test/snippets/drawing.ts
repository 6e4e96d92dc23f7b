/** Drawings of how the code hangs together: the files that they name are there. */
import { basename } from 'node:path';
import { published, sources } from '../architecture/workspace.js';

/** The files that `text` names, and no package has. */
export function missingFiles(text: string): string[] {
  const there = new Set(published().flatMap((workspace) => sources(workspace).map((file) => basename(file))));
  return (text.match(/[\w.-]+\.ts\b/g) ?? []).filter((file) => !there.has(file));
}
