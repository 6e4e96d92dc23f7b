/** `npm run parity [-- FILES]`: plays the cases of FILES on both platforms, prints each difference, and closes with the count. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askedOf } from '../../tools/asked.js';
import { several } from '../../tools/options.js';
import { PLATFORMS } from './app.js';
import { readCases } from './format.js';
import { playAll } from './play.js';

/** Files are meant from where npm was called. */
const from = process.env['INIT_CWD'] ?? process.cwd();
const OBSERVED = fileURLToPath(new URL('cases.json', import.meta.url));

const { files } = askedOf({
  command: 'npm run parity --',
  does: 'Plays cases on both platforms. Without FILES, what was observed of the original.',
  options: {
    files: several(
      {
        value: 'FILE',
        means: 'cases to play',
        takes: 'files that are there, in the form of test/parity/cases.json',
        isTaken: (file) => existsSync(resolve(from, file)),
      },
      [OBSERVED],
    ),
  },
  unnamed: ['files'],
});
const cases = (await Promise.all(files.map((file) => readCases(resolve(from, file))))).flat();
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
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
