/** Keeps the score of the published checks: one line for each, and the reason under each that fails. */

let passed = 0;
let failed = 0;

/** Runs one check, prints its line, and tells whether it passed; a failed check never stops those that follow. */
export async function check(name: string, work: () => Promise<void> | void): Promise<boolean> {
  const began = performance.now();
  try {
    await work();
    passed += 1;
    console.log(`ok      ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
    return true;
  } catch (error) {
    failed += 1;
    console.log(`not ok  ${name}\n${String(error instanceof Error ? error.message : error).replace(/^/gm, '        ')}`);
    return false;
  }
}

/** Prints the closing line and sets the exit code of the process: 0 when all passed, and there was one. */
export function close(): void {
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}
