/** Puts a report into docs/performance.md, between its markers. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const PAGE = new URL('../../docs/performance.md', import.meta.url);
const BEGIN = '<!-- bench: begin -->';
const END = '<!-- bench: end -->';

/** Replaces what stands between the markers; a page without them is an error. */
export async function writePage(report: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`docs/performance.md needs the markers ${BEGIN} and ${END}.`);
  const written = `${page.slice(0, begin + BEGIN.length)}\n\n${report}\n\n${page.slice(end)}`;
  await writeFile(PAGE, await format(written, { ...(await resolveConfig(fileURLToPath(PAGE))), parser: 'markdown' }));
}
