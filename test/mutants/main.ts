/** Mistakes in the protocol, put before the tests: `npm run mutants [-- WORDS OF A NAME]`. */
import { askedOf } from '../../tools/asked.js';
import { named } from '../../tools/options.js';
import { adapterMutants } from './adapter-mutants.js';
import { coreMutants } from './core-mutants.js';
import { judge } from './judge.js';

const { mutants } = askedOf({
  command: 'npm run mutants --',
  does: 'Makes mistakes in the protocol, one after another, and asks whether a test notices.',
  options: { mutants: named([...coreMutants, ...adapterMutants], 'words of the name of a mistake', ({ name }) => name) },
  unnamed: ['mutants'],
});
await judge(mutants);
