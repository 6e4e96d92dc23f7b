/** Makes each mistake in a copy of the repository and asks whether a test notices: `npm run mutants [-- WORDS OF A NAME]`. */
import { adapterMutants } from './adapter-mutants.js';
import { Copy } from './copy.js';
import { coreMutants } from './core-mutants.js';
import { runSpecs } from './run-specs.js';

const wanted = process.argv.slice(2).join(' ');
const mutants = [...coreMutants, ...adapterMutants].filter(({ name }) => name.includes(wanted));
if (mutants.length === 0) throw new Error(`No mutant is called "${wanted}".`);

using copy = new Copy();
// Without a mistake the specs must pass, or they would catch whatever is put before them.
for (const specs of new Set(mutants.map((mutant) => mutant.specs))) {
  const { kind, by } = runSpecs(copy.path, specs);
  if (kind !== 'passed') throw new Error(`Without any mistake, ${specs.join(', ')} ${kind}: ${by}`);
}

let survivors = 0;
for (const mutant of mutants) {
  const takeBack = copy.make(mutant);
  const { kind, by } = runSpecs(copy.path, mutant.specs);
  takeBack();
  if (kind !== 'caught') survivors++;
  const verdict = kind === 'caught' ? 'caught' : kind === 'passed' ? 'SURVIVED' : 'BROKEN';
  console.log(`${verdict.padEnd(9)} ${mutant.name}${by === '' ? '' : `\n          by: ${by}`}`);
}
console.log(`${mutants.length - survivors} of ${mutants.length} mutants caught`);
process.exitCode = survivors === 0 ? 0 : 1;
