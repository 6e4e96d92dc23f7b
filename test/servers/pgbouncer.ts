/** A real PgBouncer in transaction mode before a server, where it is installed or can be installed. Stopped with the process. */
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { canInstall } from './debian.js';
import { freePort } from './free-port.js';

const BINARY = '/usr/sbin/pgbouncer';

/** Whether one can be started here: elsewhere its specs are left out. */
export function hasPgBouncer(): boolean {
  return existsSync(BINARY) || canInstall();
}

/** Debian starts its own on installation, unless it is told that services may not start. */
function install(): void {
  const command =
    `test -x ${BINARY} || { apt-get update -q; printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d.tests; ` +
    'test -e /usr/sbin/policy-rc.d || { cp /usr/sbin/policy-rc.d.tests /usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d; own=1; }; ' +
    'apt-get install -y -q --no-install-recommends pgbouncer; rm -f /usr/sbin/policy-rc.d.tests; ' +
    'test -z "$own" || rm -f /usr/sbin/policy-rc.d; }';
  execFileSync('flock', [join(tmpdir(), 'tests-apt.lock'), 'sh', '-c', command], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/** Puts a pooler with `poolSize` connections before the database of `url`. */
export async function startPgBouncer(url: string, poolSize: number): Promise<{ url: string; stop(): Promise<void> }> {
  install();
  const { hostname, port: serverPort, pathname, username } = new URL(url);
  const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-'));
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(join(folder, 'users.txt'), `"${username}" ""\n`);
  writeFileSync(
    file,
    `[databases]
${pathname.slice(1)} = host=${hostname} port=${serverPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 500
logfile = ${join(folder, 'log')}
`,
  );
  const asRoot = process.getuid?.() === 0;
  if (asRoot) for (const path of [folder, file, join(folder, 'users.txt')]) chownSync(path, 65534, 65534);
  const user = asRoot ? { uid: 65534, gid: 65534 } : {};
  const script = `${BINARY} -q "${file}" 2>"${folder}/err" & pid=$!; read -r _; kill -TERM $pid; wait $pid; rm -rf "${folder}"`;
  const shell = spawn('sh', ['-c', script], { ...user, cwd: folder, stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const ended = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
  shell.unref();
  const pooled = new URL(url);
  pooled.port = String(port);
  await untilReady(pooled.href);
  return {
    url: pooled.href,
    async stop() {
      shell.ref();
      shell.stdin.end();
      await ended;
    },
  };
}

async function untilReady(url: string): Promise<void> {
  const until = Date.now() + 30_000;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    // A refusal is reported once more, as an event.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      return;
    } catch (cause) {
      if (Date.now() > until) throw new Error('PgBouncer did not answer within 30 seconds.', { cause });
      await new Promise((again) => setTimeout(again, 50));
    } finally {
      await client.end();
    }
  }
}
