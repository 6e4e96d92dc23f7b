/** What a handler said by itself, and what became of that behind it; who outlives its application. */
import { causesIn, type Regression, testsOf } from '../regression.js';

const SPOKEN = 'A5 A handler that said a success by itself runs again where its answer fails behind it';
const THROWN = 'A5 A handler that said a success by itself and broke at that runs again';
const OUTLIVED = 'A3 An event stream that nobody listens to outlives its application';
const PROXY = 'E1 A controller that is a proxy is called past its seam';

const EMPTY = 'D1 A replay loses its body where an end below writes what it is given';

export const SPOKEN_FAULTS: readonly string[] = [SPOKEN, THROWN, OUTLIVED, PROXY, EMPTY];

const row = causesIn<string>;
const whose = row('packages/nestjs/src/turn/whose-answer.ts');
const spoken = testsOf('test/e2e/handler-spoken.spec.ts');

export const spokenFaults: readonly Regression[] = [
  whose(
    SPOKEN,
    'an error is its own, whoever made it',
    'if (byItself) return isSuccess(spoken);',
    'if (byItself) return false;',
    spoken('on fastify a hook before it leaves throws'),
  ),
  row('packages/nestjs/src/wire/shared-line.ts')(
    SPOKEN,
    'nobody hears it on Express',
    'if (valve !== undefined && saysAnswer(way, args)) valve.spoken?.();',
    '',
    spoken('on express its file is missing'),
  ),
  row('packages/nestjs/src/wire/speaking.ts')(
    SPOKEN,
    'nobody hears it on Fastify',
    'if (saysAnswer(way, given)) valve?.spoken?.();',
    '',
    spoken('on fastify its stream fails before its first byte'),
  ),
  row('packages/nestjs/src/turn/execution.ts')(
    SPOKEN,
    'nobody listens to its views',
    'if (byItself) hear(exchange.response);',
    '',
    spoken('on fastify its view fails'),
  ),
  whose(THROWN, 'it threw like all others', 'return hasLostSuccess || (', 'return (', spoken('on express its body is no JSON')),
  row('packages/core/src/engine.ts')(
    OUTLIVED,
    'its turn is only given up',
    'turn.lapse();',
    'turn.abandon();',
    testsOf('test/e2e/event-streams.spec.ts')('on express does not outlive'),
  ),
  row('packages/nestjs/src/wire/ways.ts')(
    SPOKEN,
    'whoever renders for itself has said an answer',
    "typeof given.at(-1) !== 'function' && ",
    '',
    spoken('on express has said nothing by a template'),
  ),
  row('packages/nestjs/src/wire/speaking.ts')(
    SPOKEN,
    'what somebody put on the response is not heard',
    'ways[way] = around(ways[way] as Way, way);',
    'continue;',
    spoken('on fastify its answer is said through'),
  ),
  row('packages/nestjs/src/wire/leaving.ts')(
    EMPTY,
    'only HTTP/2 may write',
    'return line.before.write.call(line.response, chunk, encoding, taken) !== false;',
    "return 'stream' in line.response ? line.before.write.call(line.response, chunk, encoding, taken) !== false : true;",
    testsOf('test/e2e/wire-end-by-write.spec.ts')('a request that is injected'),
  ),
  row('packages/nestjs/src/turn/routes.ts')(
    PROXY,
    'only what it holds itself is looked at',
    'Reflect.get(made, name) !== Reflect.get(metatype?.prototype as object, name)',
    'Object.hasOwn(made, name)',
    testsOf('test/e2e/handler-past-seam.spec.ts')('on express a start is refused where a handler is made by a proxy'),
  ),
];
