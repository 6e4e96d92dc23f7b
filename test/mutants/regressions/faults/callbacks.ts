/** Functions of the application that give nonsense, or never say anything: what was found of the faults A11 and E9, after 0.1. */
import { causesIn, type Regression, testsOf } from '../regression.js';

const FORGOTTEN = 'A11 A recovery that gives nonsense makes the lapse forgotten';
const MADE_UP = 'A11 A recovery that gives nonsense is an empty success';
const UNTOLD = 'A11 A recovery that fails is told to nobody';

const HANGING = 'C2 A scope, or an encoder, that never settles holds its client for ever';
const UPLOADS = 'C2 An encoder that waits for a slow body is taken for one that hangs';
const EXTENDED = 'E9 A store that extends one of memory is never timed';
const CODEC = 'E9 A codec that never settles holds an answer, or a client, for ever';

export const CALLBACKS_FAULTS: readonly string[] = [FORGOTTEN, MADE_UP, UNTOLD, HANGING, UPLOADS, EXTENDED, CODEC];

const recovery = causesIn<string>('packages/nestjs/src/turn/recovery.ts');
const scope = causesIn<string>('packages/nestjs/src/request/scope.ts');
const identity = causesIn<string>('packages/nestjs/src/request/identity.ts');
const bounds = causesIn<string>('packages/nestjs/src/request/in-time.ts');
const engines = causesIn<string>('packages/nestjs/src/backends/engines.ts');
const stored = causesIn<string>('packages/core/src/stored.ts');
const recoveries = testsOf('test/e2e/handler-recoveries.spec.ts');
const extended = testsOf('test/e2e/memory-extended.spec.ts');
const late = testsOf('test/e2e/callbacks-late.spec.ts');

export const callbacksFaults: readonly Regression[] = [
  recovery(
    FORGOTTEN,
    'whatever came of it is a finding',
    'return this.#isAsking;',
    'return this.#isAsking && false;',
    recoveries('on express a status of 0'),
  ),
  recovery(
    FORGOTTEN,
    'a number is a status',
    'Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599',
    "typeof status === 'number'",
    recoveries('on fastify a status beyond 599'),
  ),
  recovery(
    MADE_UP,
    'nobody looks at it',
    "'reexecute' || isAnswer(found)",
    "'reexecute' || (found as never)",
    recoveries('on express another word'),
  ),
  recovery(
    MADE_UP,
    'any object is one',
    "return isStatus && ('status' in found || 'body' in found || Object.keys(found).length === 0);",
    'return isStatus;',
    recoveries('on fastify what the other side said'),
  ),
  recovery(UNTOLD, 'it only fails', "this.onFailed('recover', cause);", '', recoveries('on express a rejection')),
  scope(
    HANGING,
    'it is waited for without a bound',
    "inTime('scope', Promise.resolve<unknown>(said), ms)",
    '(void inTime, void ms, Promise.resolve<unknown>(said))',
    late('on express a scope'),
  ),
  identity(HANGING, 'every encoder is taken for ours', 'isOurs ?', 'isOurs || true ?', late('on fastify a encoder')),
  bounds(
    UPLOADS,
    'nobody looks whether the request has come',
    'raw?.complete === false && !raw.destroyed',
    'raw?.destroyed === 1 as never',
    late('on express an encoder that reads a body'),
  ),
  causesIn<string>('packages/nestjs/src/backends/parts.ts')(
    EXTENDED,
    'it is known by its ancestor',
    'return part instanceof type && METHODS.every((name) => given[name] === made[name]);',
    'return part instanceof type;',
    extended('on express a storage with a `find` of its own'),
  ),
  engines(
    CODEC,
    'it is waited for without a bound',
    'codec: timedCodec(codec, storeTimeoutMs, systemClock)',
    'codec',
    late('on express a codec that encodes'),
  ),
  stored(
    CODEC,
    'what it is late to read is unreadable',
    'if (cause instanceof IdempotencyUnavailableError) throw cause;',
    '',
    late('on fastify a codec that decodes'),
  ),
];
