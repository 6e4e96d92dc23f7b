/** What a handler gave, and who reaches it past its seam: found by attacks on the shell that knows. */
import { causesIn, type Regression, testsOf } from '../regression.js';

export const KNOWN_FAULTS: readonly string[] = [
  'A1 What somebody inside answers while the handler runs is kept',
  'A1 A promise that an Observable gives is no part of the handler',
  'A1 An Observable that nobody came for is never stopped',
  'A2 A status that somebody sets upon what was returned is taken for the handler’s',
  'A6 What those inside changed in place is changed once more',
  'A6 Of several values that nobody heard one is kept',
  'A8 A retry outside commits what the run that threw had written',
  'A8 The answer of one of two that listen is nobody’s',
  'A9 A handler that broke at an answered response runs again',
  'E1 A handler of the controller itself is called past its seam',
  'E1 A handler of all methods is not wrapped',
  'E1 A call of the application with one argument more is taken for one of Nest',
  'A5 What nobody saw of a manual handler becomes an empty success',
];

const row = causesIn<string>;
const execution = row('packages/nestjs/src/turn/execution.ts');
const whose = row('packages/nestjs/src/turn/whose-answer.ts');
const chain = row('packages/nestjs/src/turn/chain.ts');
const handlerRun = row('packages/nestjs/src/turn/handler-run.ts');
const whole = row('packages/nestjs/src/turn/whole-observable.ts');
const given = testsOf('test/e2e/handler-given.spec.ts');
const past = testsOf('test/e2e/handler-past-seam.spec.ts');

export const knownFaults: readonly Regression[] = [
  chain(
    'A1 What somebody inside answers while the handler runs is kept',
    'whatever is given is of the handler',
    'if (number === this.#run) this.hasGiven = this.watch.hasGiven;',
    'if (number === this.#run) this.hasGiven = true;',
    given('on express what somebody inside answers'),
  ),
  whole(
    'A1 A promise that an Observable gives is no part of the handler',
    'it ends with its last value, settled or not',
    'if (this.#pending > 0 || this.#isTold',
    'if (this.#isTold',
    given('on express a promise that its Observable gives'),
  ),
  whole(
    'A1 An Observable that nobody came for is never stopped',
    'only who has left counts',
    'if (this.#end === undefined) watching.unheard(this);',
    '',
    given('on express an Observable that is given when nobody'),
  ),
  whose(
    'A2 A status that somebody sets upon what was returned is taken for the handler’s',
    'the status of the answer is its own',
    "return facts.kind === 'returned' && status !== facts.status;",
    'return false;',
    given('on express a status that somebody inside sets'),
  ),
  handlerRun(
    'A6 What those inside changed in place is changed once more',
    'it is kept as it lies there',
    'this.ways.isAlone ? given : copyOf(given)',
    'given',
    given('on express what those inside change in place'),
  ),
  row('packages/nestjs/src/turn/unrendered-of.ts')(
    'A6 Of several values that nobody heard one is kept',
    'the last is the value',
    'if (facts.several) return undefined;',
    '',
    given('on express several values of which nobody heard'),
  ),
  handlerRun(
    'A8 A retry outside commits what the run that threw had written',
    'it runs again in the transaction',
    'this.#isClosed || this.#isThrownUnheard || this.ways.once',
    'this.#isClosed || this.#isThrownUnheard',
    given('on express a retry does not commit'),
  ),
  chain(
    'A8 The answer of one of two that listen is nobody’s',
    'only the last run is known of',
    'if (number !== this.#run && !subscriber.closed) this.#about(number);',
    '',
    given('on express a hedge outside'),
  ),
  whose(
    'A9 A handler that broke at an answered response runs again',
    'it threw like all others',
    '(answeredBefore && isForAnswered(facts.error))',
    '(answeredBefore && facts.error === undefined)',
    given('on express a handler of /pay that comes too late'),
  ),
  row('packages/nestjs/src/turn/late-answer.ts')(
    'A9 A handler that broke at an answered response runs again',
    'only errors of its own realm are looked at',
    "if (typeof error !== 'object' || error === null || depth === 0) return false;",
    'if (!(error instanceof Error) || depth === 0) return false;',
    testsOf('packages/nestjs/src/turn/late-answer.spec.ts')('an error of Node itself'),
  ),
  execution(
    'A9 A handler that broke at an answered response runs again',
    'only an answer within its turn counts',
    'this.#wasAnswered || (this.#isForeign',
    '(this.#isForeign',
    given('on express a handler whose response somebody has answered before'),
  ),
  row('packages/nestjs/src/turn/routes.ts')(
    'E1 A handler of the controller itself is called past its seam',
    'nobody looks at the start',
    'if (own) throw ownHandler',
    'if (own === null) throw ownHandler',
    past('on express a start is refused where a handler is bound'),
  ),
  row('packages/nestjs/src/settings/policy.ts')(
    'E1 A handler of all methods is not wrapped',
    'it is asked for POST alone',
    "(method === '*' ? listed.size > 0 : listed.has(method))",
    "listed.has(method === '*' ? 'POST' : method)",
    past('on express a handler of all methods'),
  ),
  whose(
    'E1 A handler of the controller itself is called past its seam',
    'what never began is free again',
    "return isCalled && !inside.hasFailed ? 'unknown' : 'idle';",
    "return isCalled && inside.hasFailed && !inside.isOver ? 'unknown' : 'idle';",
    past('on express a controller of a request whose handler is its own with its metadata'),
  ),
  row('packages/nestjs/src/turn/seam.ts')(
    'E1 A call of the application with one argument more is taken for one of Nest',
    'the ticket stands right behind the parameters',
    'const BEHIND = 16;',
    'const BEHIND = 0;',
    past('on express a handler that is called by the application itself'),
  ),
  row('packages/nestjs/src/turn/serving.ts')(
    'A5 What nobody saw of a manual handler becomes an empty success',
    'it is asked again without an answer',
    "return kept?.kind === 'value' || kept?.kind === 'failure' ? this.#render(turn.attempt, kept) : this.#run(turn.attempt);",
    'return kept === undefined ? this.#run(turn.attempt) : this.#run(turn.attempt);',
    given('on express what nobody saw of a manual handler'),
  ),
];
