/** When a handler is over, and what it answered: the faults A of 0.1. */
import { causesIn, type Regression, testsOf } from '../regression.js';

export const HANDLER_FAULTS: readonly string[] = [
  'A1 A timeout inside ends what still runs',
  'A1 What a timeout inside said is kept',
  'A1 A timeout inside ends a transaction',
  'A1 A handler that has not begun runs after it was answered for',
  'A2 What was returned and made an error of runs again',
  'A3 A middleware ends what still runs',
  'A4 A client that left before the gate is on holds its slot',
  'A5 An answer is made up for a handler that answers by itself',
  'A5 An answer is made up for a handler that wrote past what it returned',
  'A6 What was not redacted is kept as an answer',
  'A6 What a filter may hide by is lost',
  'A7 What JSON cannot say ends the process',
  'A8 A retry outside is judged by the first try',
  'A8 A retry outside of a refusal waits for ever',
  'A8 A retry outside runs past a recovery',
  'A9 A handler that hands on unprotects what stands behind it',
  'A10 A refusal inside is kept',
  'A11 A policy that fails lets the handler run again',
  'A11 A policy that gives a promise keeps all',
];

const row = causesIn<string>;
const fate = causesIn<string>('packages/nestjs/src/turn/fate.ts');
const gate = causesIn<string>('packages/nestjs/src/wire/gate.ts');
const execution = row('packages/nestjs/src/turn/execution.ts');
const chain = row('packages/nestjs/src/turn/chain.ts');
const ruling = row('packages/nestjs/src/turn/ruling.ts');
const handlerRun = row('packages/nestjs/src/turn/handler-run.ts');
const serving = row('packages/nestjs/src/turn/serving.ts');
const interceptor = row('packages/nestjs/src/turn/idempotency.interceptor.ts');
const unrenderedOf = row('packages/nestjs/src/turn/unrendered-of.ts');
const unrendered = row('packages/nestjs/src/unsent/unrendered.ts');
const ends = testsOf('test/e2e/handler-ends.spec.ts');
const answers = testsOf('test/e2e/handler-answers.spec.ts');
const again = testsOf('test/e2e/handler-again.spec.ts');
const transactions = testsOf('test/e2e/handler-transactions.spec.ts');

const PROGRESS =
  'const progress = progressOf(facts, this.run.isCalled, this.#chain ?? NOTHING_INSIDE, { answeredBefore, hasLostSuccess });';
const BY_CHAIN = `${PROGRESS.replace('const', 'let')}\n    if (this.#chain?.isOver === true && progress === 'running') progress = 'threw';`;

export const handlerFaults: readonly Regression[] = [
  execution(
    'A1 A timeout inside ends what still runs',
    'the end of the Observable is the end of the handler',
    PROGRESS,
    BY_CHAIN,
    ends('on express under classic a timeout inside'),
  ),
  execution(
    'A1 What a timeout inside said is kept',
    'whatever left is of the handler',
    "this.#isForeign = captured.kind === 'nothing' || !isOfHandler(asked, inside);",
    'this.#isForeign = false;',
    ends('on express under stripe a timeout inside'),
  ),
  execution(
    'A1 A timeout inside ends a transaction',
    'the end of the Observable is the end of the handler',
    PROGRESS,
    BY_CHAIN,
    transactions('on express a timeout inside'),
  ),
  handlerRun(
    'A1 A handler that has not begun runs after it was answered for',
    'it begins all the same',
    'if (this.#isClosed) throw',
    'if (this.#isClosed && this.#running < 0) throw',
    ends('on express a handler whose pipes are done after'),
  ),
  ruling(
    'A2 What was returned and made an error of runs again',
    'it is released',
    "case 'error':\n      return transactional || manual ? RELEASE : BURY;",
    "case 'error':\n      return RELEASE;",
    ends('on express leaves a tombstone where a mapper inside'),
  ),
  execution(
    'A3 A middleware ends what still runs',
    'bytes on the wire are the end of the handler',
    PROGRESS,
    `${PROGRESS.replace('const', 'let')}\n    if (this.#captured !== undefined && progress === 'running') progress = 'threw';`,
    ends('on express under ietf a middleware'),
  ),
  gate(
    'A4 A client that left before the gate is on holds its slot',
    'only one that leaves later has left',
    'if (!this.listen()) this.clientLeft();',
    'this.listen();',
    ends('on express a client that leaves before the gate is on'),
  ),
  unrenderedOf(
    'A5 An answer is made up for a handler that answers by itself',
    'what it returned is kept',
    "if (facts.kind !== 'returned' || byItself) return undefined;",
    "if (facts.kind !== 'returned') return undefined;",
    answers('on express a handler that answers by itself and never does'),
  ),
  unrenderedOf(
    'A5 An answer is made up for a handler that wrote past what it returned',
    'what it returned is kept',
    'if (wrote !== undefined && (facts.value === undefined || wrote < 400)) return undefined;',
    '',
    answers('on express a handler that writes to the response by itself'),
  ),
  execution(
    'A6 What was not redacted is kept as an answer',
    'the value of the handler is one',
    "if (fate === 'keep-unrendered') return this.#unrendered();",
    "if (fate === 'keep-unrendered') return { kind: 'answer', fingerprint, answer: { status: 201, headers: [], body: Buffer.from(JSON.stringify((this.run.facts as { value?: unknown }).value) ?? '') } };",
    answers('on express what an interceptor outside redacts'),
  ),
  unrendered(
    'A6 What a filter may hide by is lost',
    'a cause is left out',
    'if (cause !== undefined || ',
    'if (',
    testsOf('packages/nestjs/src/unsent/unrendered.spec.ts')('one with a cause'),
  ),
  unrendered(
    'A7 What JSON cannot say ends the process',
    'it is written all the same',
    'if (!survives(response) || !survives(errorCode ?? null)) return undefined;',
    '',
    testsOf('packages/nestjs/src/unsent/unrendered.spec.ts')('one whose response is not JSON'),
  ),
  interceptor(
    'A8 A retry outside is judged by the first try',
    'it passes by its turn',
    'return mark.held?.by === this && mark.route === policy ?',
    'return mark.held?.by === undefined && mark.route === policy ?',
    again('on express a retry outside runs within the'),
  ),
  chain(
    'A8 A retry outside is judged by the first try',
    'what the first one was stays known',
    'this.isOver = this.hasFailed = this.isAhead = this.isUnheard = this.hasGiven = this.isLeft = false;',
    '',
    testsOf('packages/nestjs/src/turn/chain.spec.ts')('is opened again by a further subscription'),
  ),
  serving(
    'A8 A retry outside of a refusal waits for ever',
    'it joins a turn that is over',
    'else if (this.#isRefused) return false;',
    '',
    again('on express a refusal that somebody outside tries again'),
  ),
  handlerRun(
    'A8 A retry outside runs past a recovery',
    'what has failed once stands in no more',
    'instead === undefined || named !== this.#own ? handler',
    "instead === undefined || named !== this.#own || kind === 'threw' ? handler",
    testsOf('packages/nestjs/src/turn/handler-run.spec.ts')('what stands in for it does so again'),
  ),
  interceptor(
    'A9 A handler that hands on unprotects what stands behind it',
    'what is remembered is remembered for all handlers',
    'if (mark?.route === unprotected.route) return',
    'if (mark !== undefined) return',
    again('on express a handler that calls next.. leaves'),
  ),
  ruling(
    'A10 A refusal inside is kept',
    'what never began is kept as what ran',
    "if (progress === 'idle') return RELEASE;",
    '',
    ends('on express nothing is kept of an interceptor inside that refuses'),
  ),
  fate(
    'A11 A policy that fails lets the handler run again',
    'it is released',
    "return terms.manual ? 'release' : 'tombstone';",
    "return 'release';",
    answers('on express where `keep` throws'),
  ),
  fate(
    'A11 A policy that gives a promise keeps all',
    'a promise is a yes',
    'if (!isThenable(says)) return',
    'if (!isThenable(says) || says) return',
    answers('on express where `keep` throws'),
  ),
];
