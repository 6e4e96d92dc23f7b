/** Functions of the application that give nonsense, or never say anything: what was found of the faults A11 and E9, after 0.1. */
import { causesIn, type Regression, testsOf } from '../regression.js';

const FORGOTTEN = 'A11 A recovery that gives nonsense makes the lapse forgotten';
const MADE_UP = 'A11 A recovery that gives nonsense is an empty success';
const UNTOLD = 'A11 A recovery that fails is told to nobody';

export const CALLBACKS_FAULTS: readonly string[] = [FORGOTTEN, MADE_UP, UNTOLD];

const recovery = causesIn<string>('packages/nestjs/src/turn/recovery.ts');
const recoveries = testsOf('test/e2e/handler-recoveries.spec.ts');

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
];
