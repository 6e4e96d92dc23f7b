/** Causes of handlers that ran twice, or whose keys were stuck, because of what happened while they ran. */
import { causesIn, type Regression, testsOf } from './regression.js';

const moments = testsOf('test/e2e/regressions-moments.spec.ts');
const breaks = testsOf('test/e2e/wire-breaks.spec.ts');
const execution = causesIn('packages/nestjs/src/turn/execution.ts');
const handlerRun = causesIn('packages/nestjs/src/turn/handler-run.ts');
const whole = causesIn('packages/nestjs/src/turn/whole-observable.ts');
const ruling = causesIn('packages/nestjs/src/turn/ruling.ts');
const unrendered = causesIn('packages/nestjs/src/unsent/unrendered.ts');
const interceptor = causesIn('packages/nestjs/src/turn/idempotency.interceptor.ts');
const lock = causesIn('packages/core/src/memory/lock.ts');

export const momentRegressions: readonly Regression[] = [
  handlerRun(
    'An Observable that is empty',
    'it counts as failed',
    'this.#returned(last, status ?? this.watch.status(), count > 1);',
    "if (count === 0) this.#threw(new Error('nothing'));\n        else this.#returned(last, status ?? this.watch.status(), count > 1);",
    moments('on express answers an Observable that is empty'),
  ),
  whole(
    'An Observable that is empty',
    'its turn never ends',
    'else this.#watching.ended({ last: outcome.value, count: this.#count });',
    'else if (this.#count > 0) this.#watching.ended({ last: outcome.value, count: this.#count });',
    moments('on express answers an Observable that is empty'),
  ),
  whole(
    'An Observable of several values',
    'the first of them is the answer',
    'this.#last = given;',
    'if (this.#last !== undefined) return;\n    this.#last = given;',
    moments('on express answers an Observable of several values'),
  ),
  handlerRun(
    'An Observable that errors',
    'it counts as ended',
    'failed: (error) => {\n        this.#threw(error);',
    'failed: () => {\n        this.#returned(undefined, this.watch.status(), false);',
    moments('on express frees the key of an Observable that errors: /breaking'),
  ),
  ruling(
    'A handler that throws is not stuck',
    'it leaves a tombstone',
    "otherwise: 'release' });",
    "otherwise: 'tombstone' });",
    moments('on express frees the key of a handler that throws an Error'),
  ),
  ruling(
    'A handler that throws can be kept',
    'no policy reaches what it threw',
    "if (progress === 'threw' && transactional)",
    "if (progress === 'threw')",
    moments('on express keeps the error of an Observable'),
  ),
  handlerRun(
    'An error that runs in a circle',
    'it is written down',
    "this.#end({ kind: 'threw', error });",
    "JSON.stringify(error);\n    this.#end({ kind: 'threw', error });",
    moments('on express frees the key of a handler that throws a circular error'),
  ),
  unrendered(
    'What an error says inside',
    'it is told to the client',
    'if (!(error instanceof nest.HttpException) ||',
    "if (!(error instanceof nest.HttpException)) return { kind: 'failure', fingerprint, name: 'HttpException', message: '', data: { status: 500, response: String(error), headers: [] } };\n  if (",
    moments('on express tells nobody what an error said inside'),
  ),
  execution(
    'A timeout outside',
    'the handler is forgotten with its subscriber',
    '#look(): void {\n    if (this.#isSettled) return;',
    '#look(): void {\n    if (this.#isSettled || this.#chain?.isUnheard === true) return;',
    breaks('on express slow: an outer timeout'),
  ),
  interceptor(
    'Bound on method, class and application',
    'each binding claims the key',
    '(mark.held.turn as Observable<unknown>) : next.handle();',
    "(mark.held.turn as Observable<unknown>) : this.#turnOf({ exchange: { context, request, raw: request.raw as never, response }, route, key: 'again', next });",
    moments('on express works on a handler that is bound'),
  ),
  lock(
    'Many at once with one key',
    'all of them run',
    'leftMs > 0)',
    'leftMs > 1e11)',
    moments('on express runs the handler once for 200'),
  ),
  execution(
    'A client that leaves',
    'its key is released',
    'clientLeft(): void {',
    'clientLeft(): void {\n      this.#isSettled = true;\n      this.#settle(undefined);',
    moments('on express keeps the answer of /orders when the client has gone'),
  ),
];
