/** Debian's packages, for tests that need a program which is not installed. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether packages can be installed here: as root on Debian. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** Installs `packages` unless the file `program` exists. One process at a time: others wait and find it there. */
export function install(program: string, ...packages: readonly string[]): void {
  const command = `test -e ${program} || { apt-get update -q && apt-get install -y -q --no-install-recommends ${packages.join(' ')}; }`;
  execFileSync('flock', [join(tmpdir(), 'tests-apt.lock'), 'sh', '-c', command], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (!existsSync(program)) throw new Error(`apt-get installed ${packages.join(', ')}, but ${program} is not there.`);
}
