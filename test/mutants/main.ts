/** Mistakes in the protocol, put before the tests: `npm run mutants [-- WORDS OF A NAME]`. */
import { adapterMutants } from './adapter-mutants.js';
import { coreMutants } from './core-mutants.js';
import { judge } from './judge.js';
import { named } from './mutant.js';

await judge(named([...coreMutants, ...adapterMutants]));
