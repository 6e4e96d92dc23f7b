/** Makes each mistake in a copy of the repository and asks whether a test notices: `npm run mutants [-- WORDS OF A NAME]`. */
import { adapterMutants } from './adapter-mutants.js';
import { Copy } from './copy.js';
import { coreMutants } from './core-mutants.js';
import { runSpecs } from './run-specs.js';
import { startServers } from './servers.js';

const wanted = process.argv.slice(2).join(' ');
const mutants = [...coreMutants, ...adapterMutants].filter(({ name }) => name.includes(wanted));
if (mutants.length === 0) throw new Error(`No mutant is called "${wanted}".`);

using copy = new Copy();
const servers = await startServers(mutants.map(({ by }) => by.spec));
let survivors = 0;
try {
  // Without a mistake the tests must pass, or they would catch whatever is put before them.
  for (const noticing of new Set(mutants.map((mutant) => mutant.by))) {
    const { kind, by } = await runSpecs(copy.path, noticing, servers.env);
    if (kind !== 'passed') throw new Error(`Without any mistake, ${noticing.spec} ${kind}: ${by}`);
  }
  for (const mutant of mutants) {
    const began = performance.now();
    const takeBack = copy.make(mutant);
    const { kind, by } = await runSpecs(copy.path, mutant.by, servers.env);
    takeBack();
    if (kind !== 'caught') survivors++;
    const verdict = kind === 'caught' ? 'caught' : kind === 'passed' ? 'SURVIVED' : 'BROKEN';
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    console.log(`${verdict.padEnd(9)} ${mutant.name} (${seconds} s)${by === '' ? '' : `\n          by: ${by}`}`);
  }
} finally {
  await servers.stop();
}
console.log(`${mutants.length - survivors} of ${mutants.length} mutants caught`);
process.exitCode = survivors === 0 ? 0 : 1;
