/** `curl` as the pages use it, so that their commands run where there is none. Unknown options are refused, not passed over. */
import { request } from 'node:http';

export interface Sent {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** `-i`: head and body are printed. */
  readonly withHead: boolean;
}

export interface Answered {
  readonly statusLine: string;
  /** As they came, doubled ones too. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** The words of a shell command of words and single quotes. */
export function words(command: string): string[] {
  const found = command.match(/(?:'[^']*'|[^\s'"$`\\|&;<>])+/g) ?? [];
  const between = command.split(/(?:'[^']*'|[^\s'"$`\\|&;<>])+/).join('');
  if (between.trim() !== '') throw new Error(`Only words and single quotes are understood, not ${between.trim()}: ${command}`);
  return found.map((word) => word.replaceAll("'", ''));
}

export function parse(command: string): Sent {
  const [program, ...rest] = words(command);
  if (program !== 'curl') throw new Error(`A session is of curl, and this is ${program}: ${command}`);
  const headers: Record<string, string> = {};
  let [url, method, body, withHead]: [string?, string?, string?, boolean?] = [];
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (word === '-H') {
      const [, name = '', value = ''] = /^([^:]+): *(.*)$/.exec(rest.shift() ?? '') ?? [];
      headers[name.toLowerCase()] = value;
    } else if (word === '-d') body = rest.shift();
    else if (word === '-X') method = rest.shift();
    else if (/^-s?i?$/.test(word)) withHead = word.includes('i') || withHead;
    else if (!word.startsWith('-') && url === undefined) url = word;
    else throw new Error(`curl is not played with ${word}: ${command}`);
  }
  if (url === undefined) throw new Error(`curl is given no URL: ${command}`);
  if (body !== undefined) headers['content-type'] ??= 'application/x-www-form-urlencoded';
  method ??= body === undefined ? 'GET' : 'POST';
  return { url: new URL(url.includes('://') ? url : `http://${url}`), method, headers, body, withHead: withHead === true };
}

export function send({ url, method, headers, body }: Sent): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { accept: '*/*', ...headers }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      response.on('end', () => {
        const { rawHeaders, httpVersion, statusCode, statusMessage } = response;
        const named = Array.from(
          { length: rawHeaders.length / 2 },
          (_, at) => [rawHeaders[2 * at]!, rawHeaders[2 * at + 1]!] as const,
        );
        const statusLine = `HTTP/${httpVersion} ${statusCode} ${statusMessage}`;
        resolve({ statusLine, headers: named, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.on('error', reject).end(body);
  });
}
