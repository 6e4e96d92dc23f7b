/** What broke other libraries, put back and before the tests: `npm run regressions [-- WORDS OF A ROW]`. */
import { judge } from '../judge.js';
import { named } from '../mutant.js';
import { regressions } from './index.js';

await judge(named(regressions));
