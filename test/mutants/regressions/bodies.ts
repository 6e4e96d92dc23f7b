/** Causes of bodies that were taken for one another, or for none. */
import { causesIn, type Regression, testsOf } from './regression.js';

const keys = testsOf('test/e2e/regressions-keys.spec.ts');
const encoders = testsOf('packages/nestjs/src/request/encoders/encoders.spec.ts');
const uploads = testsOf('packages/nestjs/src/request/encoders/uploads.spec.ts');
const operation = causesIn('packages/nestjs/src/request/encoders/operation-encoder.ts');
const body = causesIn('packages/nestjs/src/request/encoders/body.ts');
const multipart = causesIn('packages/nestjs/src/request/encoders/multipart.ts');
const write = causesIn('packages/nestjs/src/request/encoders/write.ts');

export const bodyRegressions: readonly Regression[] = [
  write(
    'A body that names __proto__',
    'it does not count',
    'const names = Object.keys(value);',
    "const names = Object.keys(value).filter((name) => name !== '__proto__');",
    encoders('tells an own __proto__ and none apart'),
  ),
  operation(
    'The order of the keys of a body',
    'makes another request',
    "bodyText(checkedRules('OperationEncoder', rules), 'canonical')",
    "bodyText(checkedRules('OperationEncoder', rules), 'ordered')",
    encoders('the order of keys does not count'),
  ),
  write(
    'A body that is nested deeply',
    'it is walked through to its end',
    'if (depth >= writing.maxDepth)',
    'if (depth < 0)',
    keys('on express answers a body of 20,000 levels below 500 in the ietf'),
  ),
  write(
    'How a number is written',
    'zero has a sign',
    ': String(value);',
    ": Object.is(value, -0) ? '-0' : String(value);",
    encoders('takes negative zero and zero'),
  ),
  body(
    'A number that is too large',
    'it is taken for null',
    '`json ${write(value, writing)}`',
    '`json ${writing.sorted ? write(value, writing) : JSON.stringify(value)}`',
    encoders('tells an infinite number and null apart'),
  ),
  multipart(
    'The boundary of an upload',
    'it counts',
    'if (named === undefined) return',
    'if (named !== null) return',
    uploads('behind another boundary'),
  ),
];
