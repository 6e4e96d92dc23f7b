/** What broke other libraries, put back and before the tests: `npm run regressions [-- WORDS OF A ROW]`. */
import { askedOf } from '../../../tools/asked.js';
import { named } from '../../../tools/options.js';
import { judge } from '../judge.js';
import { regressions } from './index.js';

const asked = askedOf({
  command: 'npm run regressions --',
  does: 'Puts the causes of known faults back, one after another, and asks whether a test notices.',
  options: { rows: named(regressions, 'words of a row', ({ name }) => name) },
  unnamed: ['rows'],
});
await judge(asked.rows);
