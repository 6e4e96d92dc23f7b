/**
 * Writes `dist/cjs/package.json` into each package: its own manifest says that it is of ES modules, and what `require` is given below
 * `dist/cjs` is CommonJS. `tsc` writes no such file.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';

const packages = new URL('../packages/', import.meta.url);
for (const name of readdirSync(packages)) {
  const folder = new URL(`${name}/dist/cjs/`, packages);
  if (existsSync(folder)) writeFileSync(new URL('package.json', folder), '{ "type": "commonjs" }\n');
}
