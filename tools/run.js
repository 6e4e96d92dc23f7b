/** `node tools/run.js FILE.ts ARGS…`: runs a TypeScript program in this very process, so a signal to it reaches the program. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import './register.js';

const [node, , file] = process.argv;
if (file === undefined || !existsSync(file)) {
  if (file !== undefined) console.error(`There is no file ${file}.`);
  console.error('usage: node tools/run.js FILE.ts [arguments]');
  process.exit(2);
}
const program = resolve(file);
process.argv = [node, program, ...process.argv.slice(3)];
await import(pathToFileURL(program).href);
