/** `npm run parity -- FILE`: plays the cases of FILE on both platforms, prints each difference, and closes with the count. */
import { resolve } from 'node:path';
import { PLATFORMS } from './app.js';
import { readCases } from './format.js';
import { playAll } from './play.js';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: npm run parity -- FILE   (FILE of the form of test/parity/cases.json)');
  process.exit(2);
}
const cases = await readCases(resolve(process.env['INIT_CWD'] ?? process.cwd(), file));
let passed = 0;
let failed = 0;
for (const platform of PLATFORMS) {
  for await (const { id, title, differences } of playAll(platform, cases)) {
    if (differences.length === 0) {
      passed += 1;
      continue;
    }
    failed += 1;
    console.log(`${platform}  ${id}  ${title}`);
    for (const difference of differences) console.log(`    ${difference}`);
  }
}
console.log(`${String(passed)} passed, ${String(failed)} failed`);
process.exitCode = failed > 0 ? 1 : 0;
