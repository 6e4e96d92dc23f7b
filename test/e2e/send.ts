/** A client with a connection for each request, which shows an answer as it came. */
import { request } from 'node:http';

/** What is asked. By default `{"item":1}` is posted as JSON. */
export interface Asked {
  readonly method?: string;
  readonly key?: string | readonly string[] | undefined;
  /** Text is sent as it stands, anything else as JSON; `null` is no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Breaks the connection. */
  readonly signal?: AbortSignal;
}

/** What came. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Sends one request; rejects when the connection breaks before the answer has ended. */
export function send(
  port: number,
  path: string,
  { method = 'POST', key, body = { item: 1 }, headers, signal }: Asked = {},
): Promise<Reply> {
  const text = body === null ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const sent: Record<string, string | number | string[]> = {
    ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    ...(key !== undefined && { 'idempotency-key': typeof key === 'string' ? key : [...key] }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const asked = request(
      { port, host: '127.0.0.1', path, method, headers: sent, agent: false, ...(signal && { signal }) },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString('utf8') });
        });
      },
    );
    asked.on('error', reject);
    asked.end(text);
  });
}
