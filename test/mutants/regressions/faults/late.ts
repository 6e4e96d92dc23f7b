/** Who comes again, who comes late and who answers beside a handler: what the interleavings found of the faults A, after 0.1. */
import { causesIn, type Regression, testsOf } from '../regression.js';

export const LATE_FAULTS: readonly string[] = [
  'A1 An Observable that was stopped is forgotten',
  'A3 An error of a middleware, upon the first of several values, lets the handler run again',
  'A3 An answer that left before the gate was on is answered over',
  'A3 A status that somebody outside set before the gate is kept as that of the handler',
  'A3 Headers of the answer of somebody else are kept as those of the handler',
  'A5 What a handler answered by itself is lost where an interceptor inside breaks',
  'A8 A retry outside runs a handler beside its own run',
  'A8 A retry outside runs a handler again that has returned',
  'A8 A retry outside runs a handler again that threw while nobody listened',
  'A8 A retry outside that comes late waits for ever',
  'A8 A retry outside that comes late is given what those inside would have hidden',
  'A8 A retry outside that listens at the end of its turn is never answered',
  'A8 A retry outside is given a stream that was read before',
  'A8 A retry outside of a refusal finds the gate taken',
  'A8 What comes late of a first try is taken for that of the second',
  'A8 Patience with a first try cuts the second',
];

const row = causesIn<string>;
const [execution, handlerRun, serving, chain, gate] = [
  row('packages/nestjs/src/turn/execution.ts'),
  row('packages/nestjs/src/turn/handler-run.ts'),
  row('packages/nestjs/src/turn/serving.ts'),
  row('packages/nestjs/src/turn/chain.ts'),
  row('packages/nestjs/src/wire/gate.ts'),
] as const;
const late = testsOf('test/e2e/handler-late.spec.ts');
const again = testsOf('test/e2e/handler-again.spec.ts');
const runs = testsOf('packages/nestjs/src/turn/handler-run.spec.ts');

export const lateFaults: readonly Regression[] = [
  serving(
    'A1 An Observable that was stopped is forgotten',
    'its lease is handed back',
    " || (record === undefined && facts.kind === 'threw' && facts.error instanceof StoppedError)",
    '',
    late('on express an Observable that was stopped'),
  ),
  execution(
    'A3 An error of a middleware, upon the first of several values, lets the handler run again',
    'what left after the first value is of the handler',
    'this.#isForeign ||= isErrorBefore(facts, this.#captured && statusOf(this.#captured), this.#conditions.byItself);',
    '',
    late('on express what a handler threw after its effect is kept'),
  ),
  gate(
    'A3 An answer that left before the gate was on is answered over',
    'the gate waits for another one',
    'if ((this.ended = this.line.isEnded))',
    'if (this.line.isEnded)',
    testsOf('packages/nestjs/src/wire/middleware.spec.ts')('and the whole answer leaves the handler without one'),
  ),
  row('packages/nestjs/src/turn/standing-status.ts')(
    'A3 A status that somebody outside set before the gate is kept as that of the handler',
    'whatever stands there is of the handler',
    'return response.statusCode === this.#foreign ? status : response.statusCode;',
    'return response.statusCode || status;',
    late('on express an answer that left while the slot was looked up'),
  ),
  execution(
    'A3 A status that somebody outside set before the gate is kept as that of the handler',
    'one that is set behind it is the handler’s',
    'this.gate.begun || this.gate.ended',
    'this.gate.begun',
    late('on express a status that a filter sets'),
  ),
  execution(
    'A3 Headers of the answer of somebody else are kept as those of the handler',
    'those of a middleware',
    'this.#hasForeignHeaders ? { headers: [] } : ',
    '',
    late('on express headers of the answer that a middleware'),
  ),
  execution(
    'A3 Headers of the answer of somebody else are kept as those of the handler',
    'those of a filter behind a timeout',
    'this.gate.handlerAnswers();',
    '',
    late('on express headers of the answer that a timeout'),
  ),
  row('packages/nestjs/src/turn/whose-answer.ts')(
    'A5 What a handler answered by itself is lost where an interceptor inside breaks',
    'an error of the chain is its answer',
    'if (inside.hasFailed && !isByHandler) return true;',
    'if (inside.hasFailed) return true;',
    late('on express what a handler answers by itself'),
  ),
  handlerRun(
    'A8 A retry outside runs a handler beside its own run',
    'whoever asks runs it',
    'const isGiven = this.#running > 0 || ',
    'const isGiven = ',
    again('on express a retry outside of a timeout waits for the run'),
  ),
  handlerRun(
    'A8 A retry outside runs a handler again that has returned',
    'what it gave is forgotten',
    "kind === 'returned' || (kind === 'threw' &&",
    "(kind === 'threw' &&",
    late('on express a retry outside of an interceptor inside that breaks'),
  ),
  handlerRun(
    'A8 A retry outside runs a handler again that threw while nobody listened',
    'what was thrown was heard',
    "this.#isThrownUnheard = facts.kind === 'threw' && !this.watch.isHeard;",
    'this.#isThrownUnheard = false;',
    late('on express a retry outside of a timeout inside'),
  ),
  execution(
    'A8 A retry outside that comes late waits for ever',
    'nobody tells it what the handler gave',
    'if (this.#isSettled) setImmediate(() => this.#chain?.run(subscriber));',
    'if (this.#isSettled) return;',
    again('on express a retry outside that comes after'),
  ),
  execution(
    'A8 A retry outside that comes late is given what those inside would have hidden',
    'it is told what the handler gave, past the chain',
    'if (this.#isSettled) setImmediate(() => this.#chain?.run(subscriber));',
    "if (this.#isSettled) setImmediate(() => (subscriber.next('value' in this.run.facts ? this.run.facts.value : undefined), subscriber.complete()));",
    again('on express what a retry outside is given late'),
  ),
  execution(
    'A8 A retry outside that listens at the end of its turn is never answered',
    'who was left once is left for good',
    'if (this.gate.isClientGone || this.#isDeserted()) this.#chain?.leave();',
    'this.#chain?.leave();',
    late('on express a retry outside that listens'),
  ),
  handlerRun(
    'A8 A retry outside is given a stream that was read before',
    'it is a value like all others',
    'if (!isStream && !several) return copyOf(value);',
    'return copyOf(value);',
    runs('that it gave once is not given again'),
  ),
  gate(
    'A8 A retry outside of a refusal finds the gate taken',
    'what announced the refusal is taken for a gate',
    'if (known?.valve instanceof Gate)',
    'if (known?.valve !== undefined)',
    late('on express a retry outside of a refusal'),
  ),
  chain(
    'A8 What comes late of a first try is taken for that of the second',
    'the end of any run is the end',
    'if (number !== this.#run) return;\n    this.isOver = true;',
    'this.isOver = true;',
    testsOf('packages/nestjs/src/turn/chain.spec.ts')('is opened again by a further subscription'),
  ),
  gate(
    'A8 Patience with a first try cuts the second',
    'nobody looks whether it goes on',
    'void (this.isOver && this.abandon())',
    'void this.abandon()',
    testsOf('packages/nestjs/src/wire/gate.spec.ts')('waits for an answer anew'),
  ),
];
