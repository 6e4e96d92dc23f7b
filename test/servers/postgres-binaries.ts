/** Starts PostgreSQL from installed binaries, as an unprivileged user where this process is root: the server refuses root. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canInstall } from './debian.js';
import { freePort } from './free-port.js';
import type { PostgresSettings } from './postgres.js';

const DEBIAN = '/usr/lib/postgresql';

/** The folder of `initdb` and `postgres`: the newest of Debian's, or one on the PATH. */
export function findBinaries(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(DEBIAN, version, 'bin')), ...(process.env['PATH'] ?? '').split(':')];
  return folders.find((folder) => folder !== '' && existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/** Installs Debian's server without letting it start one of its own. One process at a time: others wait and find it there. */
export function installFromDebian(): string {
  if (!canInstall())
    throw new Error('No PostgreSQL found: set DATABASE_URL, install postgresql, start Docker, or run as root on Debian.');
  mkdirSync('/etc/postgresql-common', { recursive: true });
  if (!existsSync('/etc/postgresql-common/createcluster.conf'))
    writeFileSync('/etc/postgresql-common/createcluster.conf', 'create_main_cluster = false\n');
  // By the server's own program: the folder alone is there with the client's package too.
  const install =
    `ls ${DEBIAN}/*/bin/initdb >/dev/null 2>&1 || { apt-get update -q && ` +
    'apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-confold postgresql; }';
  execFileSync('flock', [join(tmpdir(), 'tests-apt.lock'), 'sh', '-c', install], {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const folder = findBinaries();
  if (!folder) throw new Error('apt-get installed postgresql, but its binaries are not where Debian puts them.');
  return folder;
}

/** Starts a server in a new folder on a free port. It ends when `stop` is called and, however this process dies, with it. */
export async function startBinaries(bin: string, settings: PostgresSettings): Promise<{ url: string; stop(): Promise<void> }> {
  const owner = serverUser();
  const folder = mkdtempSync(join(tmpdir(), 'pg-'));
  chmodSync(folder, 0o700);
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
  const as = { ...owner, env, cwd: folder };
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...as,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const port = await freePort();
  const flags = Object.entries({
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    fsync: settings.fsync === true ? 'on' : 'off',
    max_connections: settings.maxConnections ?? 100,
    shared_buffers: '32MB',
    log_min_messages: 'fatal',
  }).map(([name, value]) => `-c ${name}=${value}`);
  // The shell waits on a pipe that this process holds: when the process is killed, the pipe closes and the server goes too.
  const script = `"${join(bin, 'postgres')}" -D "${data}" ${flags.join(' ')} 2>"${folder}/log" & pid=$!
    read -r _; kill -QUIT $pid; wait $pid; rm -rf "${folder}"`;
  const shell = spawn('sh', ['-c', script], { ...as, stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const ended = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
  shell.unref();
  await untilReady(bin, port);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      shell.ref();
      shell.stdin.end();
      await ended;
    },
  };
}

function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string, user: string): number =>
    Number(execFileSync('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: id('-u', 'postgres'), gid: id('-g', 'postgres') };
  } catch {
    return { uid: id('-u', 'nobody'), gid: id('-g', 'nobody') };
  }
}

async function untilReady(bin: string, port: number): Promise<void> {
  const until = Date.now() + 60_000;
  for (;;) {
    const probe = spawn(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]);
    const [code] = (await once(probe, 'exit')) as [number | null];
    if (code === 0) return;
    if (Date.now() > until) throw new Error(`PostgreSQL did not answer on port ${port} within a minute.`);
    await new Promise((again) => setTimeout(again, 50));
  }
}
