/** Sends the request of a step over a socket of its own and gives back what came, unjudged. */
import { request, type OutgoingHttpHeaders } from 'node:http';
import type { Step } from './format.js';

/** What came back. Header names are in lower case; values of a repeated header are joined by a comma. */
export interface Reply {
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Sends `step` to the server at `port` for the counter `caseName`, with `$K` and its kin replaced by `fill`. */
export function send(port: number, caseName: string, step: Step, fill: (text: string) => string): Promise<Reply> {
  const payload = bodyOf(step, fill);
  const headers: OutgoingHttpHeaders = { 'X-Case': caseName };
  if (payload !== undefined || step.ct !== undefined) headers['Content-Type'] = step.ct ?? 'application/json';
  if (payload !== undefined) headers['Content-Length'] = Buffer.byteLength(payload);
  for (const [name, value] of Object.entries(step.headers ?? {})) headers[name] = asBytes(fill(value));
  const keys = step.key === null || step.key === undefined ? [] : [step.key].flat();
  if (keys.length > 0) headers[step.hname ?? 'Idempotency-Key'] = keys.map((key) => asBytes(fill(key)));
  return new Promise((resolve, reject) => {
    const sent = request(
      { port, host: '127.0.0.1', method: step.method, path: fill(step.path), headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            reason: response.statusMessage ?? '',
            headers: Object.fromEntries(
              Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
            ),
            text: Buffer.concat(chunks).toString('utf8'),
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(payload);
  });
}

function bodyOf({ body }: Step, fill: (text: string) => string): string | undefined {
  if (body === undefined || body === '') return undefined;
  return fill(typeof body === 'string' ? body : JSON.stringify(body));
}

/** A header value as Node wants it: one character for each byte of UTF-8. */
function asBytes(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1');
}
