/** Makes each mistake in a copy of the repository and asks whether a test notices. */
import { Copy } from './copy.js';
import type { Mutant, Noticing } from './mutant.js';
import { runSpecs } from './run-specs.js';
import { startServers } from './servers.js';

/** Puts each of `mutants` before its tests, prints what became of it, and sets the exit code: 0 when every one was caught. */
export async function judge(mutants: readonly Mutant[]): Promise<void> {
  using copy = new Copy();
  const servers = await startServers(mutants.map(({ by }) => by.spec));
  let survivors = 0;
  try {
    // Without a mistake the tests must pass, or they would catch whatever is put before them.
    for (const noticing of together(mutants)) {
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
}

/** One run for each spec, of all its tests that must notice something. */
function together(mutants: readonly Mutant[]): readonly Noticing[] {
  const bySpec = new Map<string, Set<string>>();
  for (const { by } of mutants) {
    const patterns = bySpec.get(by.spec) ?? new Set();
    bySpec.set(by.spec, patterns.add(by.tests ?? ''));
  }
  return [...bySpec].map(([spec, patterns]) => ({ spec, tests: [...patterns].map((pattern) => `(?:${pattern})`).join('|') }));
}
