/**
 * Adds to package-lock.json the builds for other platforms that npm left out of it: npm drops an optional dependency that it
 * could not fetch, or did not need on the machine where it wrote the lock, and `npm ci` then refuses that lock elsewhere.
 */
import { readFileSync, writeFileSync } from 'node:fs';

if (process.argv.length > 2) {
  console.error('usage: node tools/complete-lock.js   (it takes no arguments)');
  process.exit(2);
}
const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];
const libraries = { gnu: 'glibc', musl: 'musl' };

/** Where Node would find `name` from the package at `path`: its own folder first, then every one above it. */
function locked(path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(at.lastIndexOf('/node_modules/'), 0))) {
    const place = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (lock.packages[place] !== undefined) return true;
    if (at === '') return false;
  }
}

function entry(name, version, parent) {
  const words = name.split(/[-/]/);
  const [os, cpu] = [systems, processors].map((known) => words.filter((word) => known.includes(word)));
  if (os.length + cpu.length === 0 || !/^\d/.test(version))
    throw new Error(`${name}@${version} does not say which platform it is for`);
  const libc = words.flatMap((word) => libraries[word] ?? []);
  return {
    version,
    ...(cpu.length > 0 && { cpu }),
    ...(parent.dev === true && { dev: true }),
    ...(libc.length > 0 && { libc }),
    optional: true,
    ...(os.length > 0 && { os }),
  };
}

const added = [];
for (const [path, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (locked(path, name)) continue;
    lock.packages[`node_modules/${name}`] = entry(name, version, parent);
    added.push(name);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? 'package-lock.json is complete.' : `Added ${added.join(', ')}.`);
