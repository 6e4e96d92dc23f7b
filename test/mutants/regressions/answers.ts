/** Causes of answers that did not come back as they were. */
import { causesIn, type Regression, testsOf } from './regression.js';

const wire = testsOf('test/e2e/wire.spec.ts');
const headers = testsOf('packages/nestjs/src/wire/listed-headers.spec.ts');
const onExpress = (route: string) => wire(`on express ${route}: the replay`);
const onFastify = (route: string) => wire(`on fastify ${route}: the replay`);

const execution = causesIn('packages/nestjs/src/turn/execution.ts');
const replay = causesIn('packages/nestjs/src/wire/replay.ts');
const leaving = causesIn('packages/nestjs/src/wire/leaving.ts');
const fit = causesIn('packages/nestjs/src/wire/fit.ts');
const serving = causesIn('packages/nestjs/src/turn/serving.ts');
const listed = causesIn('packages/nestjs/src/wire/listed-headers.ts');
const answer = causesIn('packages/nestjs/src/wire/answer.ts');

/** What most libraries do: what the handler returned is kept, not what left for the client. */
const AT_THE_WIRE = "return { kind: 'answer', fingerprint, answer: this.#captured.answer };";
const instead = (body: string): string =>
  `{
      const facts = this.run.facts as { value?: unknown; error?: unknown; kind: string };
      return { kind: 'answer', fingerprint, answer: { ...this.#captured.answer, body: Buffer.from(${body}) } };
    }`;
const VALUE = instead("JSON.stringify(facts.value) ?? ''");
const TRUTHY_VALUE = instead("facts.value ? JSON.stringify(facts.value) : ''");
const NO_BYTES = `{
      if ((this.run.facts as { value?: unknown }).value instanceof Uint8Array) return { kind: 'tombstone', fingerprint, loss: 'unkept' };
      ${AT_THE_WIRE}
    }`;
const ERROR = instead("facts.kind === 'threw' ? JSON.stringify(facts.error) : this.#captured.answer.body");

const WITH_BODY = "fate === 'keep-answer' && this.#captured?.kind === 'answer'";
const ONLY_WITH_BODY = `${WITH_BODY} && this.#captured.answer.body.length > 0`;

const STATUS = '{ ...fitting, status }';
const OF_THE_ROUTE = '{ ...fitting, status: raw.statusCode }';

export const answerRegressions: readonly Regression[] = [
  execution('A file', 'the value of its handler is kept', AT_THE_WIRE, VALUE, onExpress('file')),
  execution('Bytes on Express', 'they are no answer', AT_THE_WIRE, NO_BYTES, onExpress('buffer')),
  execution('Bytes on Fastify', 'the value of their handler is kept', AT_THE_WIRE, VALUE, onFastify('buffer')),
  execution(
    'A handler that answers by itself, on Express',
    'only what a handler returns is kept',
    AT_THE_WIRE,
    VALUE,
    onExpress('res'),
  ),
  execution(
    'A handler that answers by itself, on Fastify',
    'only what a handler returns is kept',
    AT_THE_WIRE,
    VALUE,
    onFastify('res'),
  ),
  leaving('A replay to a handler that answers by itself', 'nobody ends the response', 'say(line, answer);', '', onExpress('res')),
  serving(
    'A handler that sets the response and returns its body',
    'the status is not its own',
    'const status = conflictStatus ?? answer.status;',
    'const status = conflictStatus ?? 201;',
    onExpress('passthrough'),
  ),
  execution('No content', 'only a body is an answer', WITH_BODY, ONLY_WITH_BODY, onExpress('no-content')),
  execution('Nothing returned', 'only a body is an answer', WITH_BODY, ONLY_WITH_BODY, onExpress('nothing')),
  execution('Null', 'the value of its handler is kept', AT_THE_WIRE, VALUE, onExpress('null')),
  execution('An empty string', 'only a body is an answer', WITH_BODY, ONLY_WITH_BODY, onExpress('empty-string')),
  execution('Zero', 'only a truthy value is kept', AT_THE_WIRE, TRUTHY_VALUE, onExpress('zero')),
  execution('False', 'only a truthy value is kept', AT_THE_WIRE, TRUTHY_VALUE, onExpress('false')),
  execution('Text', 'it comes back as JSON', AT_THE_WIRE, VALUE, onExpress('string')),
  execution('A serializer outside', 'what it hides comes back', AT_THE_WIRE, VALUE, onExpress('serialised-outside')),
  execution('What an exception filter made', 'the error is kept instead', AT_THE_WIRE, ERROR, onExpress('filtered')),
  listed('A redirect', 'it leads nowhere', "  'location',\n", '', onExpress('redirect')),
  fit(
    'A header of several values',
    'the last one hides the others',
    'known === undefined ? value : [known, value].flat()',
    'value',
    onExpress('headers'),
  ),
  answer(
    'A header of several values',
    'they are joined',
    'for (const one of value) head.headers.push([name, one]);',
    'head.headers.push([name, String(value)]);',
    { spec: 'packages/nestjs/src/wire/answer.spec.ts', tests: 'each value of its own' },
  ),
  listed(
    'Headers of the answer come back',
    'of Content-* only the type does',
    "name.startsWith('content-')",
    "name.startsWith('content-type')",
    headers('keeps content-disposition'),
  ),
  listed('Headers of the answer come back', 'Link does not', "  'link',\n", '', headers('keeps link')),
  listed('Cookies do not come back', 'they do', 'set-cookie2?|', '', wire('on express what belongs to one response')),
  listed(
    'Rate limits do not come back',
    'they do',
    "if (RATE_LIMIT.test(name)) return 'it tells the state at one moment';",
    '',
    wire('on express what belongs to one response'),
  ),
  listed(
    'Request ids do not come back',
    'they do',
    '(request|correlation|trace)',
    '(correlation|trace)',
    wire('on express what belongs to one response'),
  ),
  serving(
    'A status that the route declares',
    'all come back as 201',
    'const status = conflictStatus ?? answer.status;',
    'const status = conflictStatus ?? 201;',
    onExpress('http-code'),
  ),
  replay('A status that the handler sets', 'it is the route’s again', STATUS, OF_THE_ROUTE, onExpress('passthrough')),
  replay('A status of an exception', 'it is the route’s', STATUS, OF_THE_ROUTE, onExpress('refused')),
];
