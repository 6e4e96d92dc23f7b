/** Loads each entry of our packages in both ways that Node has: a copy each, which export the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const named = (exported) => Object.keys(exported).filter((name) => name !== 'default' && name !== '__esModule');
for (const name of JSON.parse(readFileSync(new URL('entries.json', import.meta.url), 'utf8'))) {
  const imported = await import(name);
  const required = require(name);
  assert.ok(named(imported).length > 0, `${name} exports nothing`);
  assert.deepEqual(named(imported).sort(), named(required).sort(), `${name} exports other things to require than to import`);
  assert.match(import.meta.resolve(name), /\/dist\/(?!cjs\/)/);
  assert.match(require.resolve(name), /[\\/]dist[\\/]cjs[\\/]/);
}
