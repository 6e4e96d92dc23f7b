/** Loads each entry of our packages in both ways that Node has: two copies of a module would be two registries of tokens. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
for (const name of JSON.parse(readFileSync(new URL('entries.json', import.meta.url), 'utf8'))) {
  const imported = await import(name);
  const required = require(name);
  assert.ok(Object.keys(imported).length > 0, `${name} exports nothing`);
  for (const key of Object.keys(imported)) assert.equal(required[key], imported[key], `${name} is loaded twice: ${key} differs`);
}
