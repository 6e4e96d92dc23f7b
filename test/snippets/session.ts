/** A session of a page: commands, each with what it prints. Played, and compared with what is really answered. */
import assert from 'node:assert/strict';
import { parse, send, type Answered } from './curl.js';

/** Plays each command of `text` against `origin`, which stands where the page says `localhost:3000`. */
export async function playSession(text: string, origin: string): Promise<void> {
  const turns = text.split(/^\$ /m);
  assert.equal(turns.shift()?.trim(), '', 'A session begins with a command: `$ …`.');
  for (const turn of turns) {
    const [command = '', ...lines] = turn.trimEnd().split('\n');
    const sent = parse(command.replaceAll('localhost:3000', new URL(origin).host));
    compare(await send(sent), lines, sent.withHead, command);
  }
}

/** Headers that the page leaves out may be there; what it shows must be. */
function compare(answered: Answered, lines: readonly string[], withHead: boolean, command: string): void {
  const wrong = (what: string): string => `${what} of: ${command}`;
  if (!withHead) return assert.equal(answered.body, lines.join('\n'), wrong('The answer'));
  const [statusLine, ...rest] = lines;
  const blank = rest.includes('') ? rest.indexOf('') : rest.length;
  assert.equal(answered.statusLine, statusLine, wrong('The status'));
  const had = answered.headers.map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  for (const line of rest.slice(0, blank)) {
    const [name = '', ...value] = line.split(': ');
    assert.ok(
      had.includes(`${name.toLowerCase()}: ${value.join(': ')}`),
      `${wrong(`"${line}" is no header`)}\n${had.join('\n')}`,
    );
  }
  assert.equal(answered.body, rest.slice(blank + 1).join('\n'), wrong('The body'));
}
