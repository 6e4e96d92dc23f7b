/** A client that shows an answer as it came: no redirect followed, nothing decoded, every header line. */
import { Agent, request } from 'node:http';

/** An answer as it came over the socket. */
export interface Seen {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

const agent = new Agent({ keepAlive: false });

/** Posts `{"name":"Ada"}` to `url` and waits for the end of the answer; rejects when the connection breaks before. */
export function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json', ...headers } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const lines = answer.rawHeaders;
          const pairs = lines.flatMap((name, i) => (i % 2 === 0 ? [[name.toLowerCase(), lines[i + 1] ?? ''] as const] : []));
          resolve({ status: answer.statusCode ?? 0, headers: pairs, body: Buffer.concat(chunks) });
        });
      },
    );
    asked.on('error', reject);
    asked.end('{"name":"Ada"}');
  });
}

/** The values of one header, in the order of the wire. */
export function valuesOf(seen: Seen, header: string): string[] {
  return seen.headers.filter(([name]) => name === header).map(([, value]) => value);
}
