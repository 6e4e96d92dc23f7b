/** Crash points of the application under test: each names a moment between two awaits at which the process may be killed. */
import type { SqlClient, SqlSource } from '@nestjs-idempotency/postgres';

/** `point:nth`: the process kills itself when it comes to `point` for the nth time. */
export const CRASH_VARIABLE = 'CRASH_AT';

/** In the order in which a request passes them. In plain mode there is no transaction, and each statement commits by itself. */
export const CRASH_POINTS = {
  transactional: [
    ...['request', 'before-begin', 'begun', 'before-open', 'opened', 'handler', 'first-effect', 'second-effect', 'handled'],
    ...['before-settle', 'settled', 'before-commit', 'committed', 'before-answer', 'answered'],
  ],
  plain: [
    'request',
    'before-open',
    'opened',
    'handler',
    'second-effect',
    'handled',
    'before-settle',
    'settled',
    'before-answer',
    'answered',
  ],
} as const;

const [armed, nth] = (process.env[CRASH_VARIABLE] ?? '').split(':');
let left = Number(nth);

/** Kills this process as `kill -9` does, if it is armed for this moment: nothing is flushed, nothing is closed. */
export function crashAt(point: string): void {
  if (point === armed && --left === 0) process.kill(process.pid, 'SIGKILL');
}

/** `source` with crash points around everything that goes to the database for the library. */
export function crashing<Tx>(source: SqlSource<Tx>): SqlSource<Tx> {
  return {
    ...crashingClient(source),
    async transaction(work) {
      crashAt('before-begin');
      const done = await source.transaction(async (sql, tx) => {
        crashAt('begun');
        const result = await work(crashingClient(sql), tx);
        crashAt('before-commit');
        return result;
      });
      crashAt('committed');
      return done;
    },
  };
}

function crashingClient(sql: SqlClient): SqlClient {
  return {
    async query(text, values) {
      const isOpen = text.includes('idempotency_open') || text.includes('claimed AS');
      const isSettle = text.includes('saved AS');
      if (isOpen) crashAt('before-open');
      if (isSettle) crashAt('before-settle');
      const result = await sql.query(text, values);
      if (isOpen) crashAt('opened');
      if (isSettle) crashAt('settled');
      return result;
    },
  };
}
