/** Causes of handlers that ran twice, or whose keys were stuck, because of what happened while they ran. */
import { causesIn, type Regression, testsOf } from './regression.js';

const moments = testsOf('test/e2e/regressions-moments.spec.ts');
const breaks = testsOf('test/e2e/wire-breaks.spec.ts');
const execution = causesIn('packages/nestjs/src/turn/execution.ts');
const outcome = causesIn('packages/nestjs/src/turn/outcome.ts');
const unsent = causesIn('packages/nestjs/src/unsent/unsent.ts');
const interceptor = causesIn('packages/nestjs/src/turn/idempotency.interceptor.ts');
const lock = causesIn('packages/core/src/memory/lock.ts');

export const momentRegressions: readonly Regression[] = [
  execution(
    'An Observable that is empty',
    'it counts as not run',
    'this.#statusAtReturn ??= response.statusCode;',
    '',
    moments('on express answers an Observable that is empty'),
  ),
  execution(
    'An Observable that is empty',
    'its turn never ends',
    'const captured = await this.#captured;',
    'const captured = await this.#captured;\n    if (this.#last === undefined) await new Promise(() => undefined);',
    moments('on express answers an Observable that is empty'),
  ),
  execution(
    'An Observable of several values',
    'the first of them is the answer',
    'this.#last = value;',
    'if (this.#last !== undefined) return;\n        this.#last = value;',
    moments('on express answers an Observable of several values'),
  ),
  execution(
    'An Observable that errors',
    'it counts as ended',
    'this.#threw = true;',
    '',
    moments('on express frees the key of an Observable that errors: /breaking'),
  ),
  outcome(
    'A handler that throws is not stuck',
    'it leaves a tombstone',
    'if (!keeps({ status, error })) return GIVE_UP;',
    'if (!keeps({ status, error })) return tombstone;',
    moments('on express frees the key of a handler that throws an Error'),
  ),
  outcome(
    'A handler that throws can be kept',
    'no policy reaches what it threw',
    'if (threw && transactional)',
    'if (threw)',
    moments('on express keeps the error of an Observable'),
  ),
  execution(
    'An error that runs in a circle',
    'it is written down',
    'this.#error = error;',
    'JSON.stringify(error);\n        this.#error = error;',
    moments('on express frees the key of a handler that throws a circular error'),
  ),
  unsent(
    'What an error says inside',
    'it is told to the client',
    "message: 'Internal server error'",
    'message: String(error)',
    moments('on express tells nobody what an error said inside'),
  ),
  execution(
    'A timeout outside',
    'the handler is forgotten with its subscriber',
    '#over(): void {',
    '#over(): void {\n    if (this.#isUnheard) return;',
    breaks('on express slow: an outer timeout'),
  ),
  interceptor(
    'Bound on method, class and application',
    'each binding claims the key',
    'if (stateOf(rawOf(response))) return next.handle();',
    '',
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
    'this.#isGone = true;',
    "this.#isGone = true;\n      this.#capture({ kind: 'broken', status: 500 });",
    moments('on express keeps the answer of /orders when the client has gone'),
  ),
];
