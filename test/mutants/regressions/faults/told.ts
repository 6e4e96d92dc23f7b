/** What clients are told: when to come back, and what the OpenAPI document says; the faults F of 0.1. */
import { causesIn, type Regression, testsOf } from '../regression.js';

export const TOLD_FAULTS = [
  'F1 Retry-After is the lease, however short the handler is',
  'F1 Retry-After is more than the lease has left',
  'F1 Replays pass for turns of the handler',
  'F2 A manual operation is described as one that runs once',
  'F2 Refusals point to a schema that is not in the document',
  'F3 A warning about a route comes with every request, or hides that of another',
] as const;

const cause = (file: string) => causesIn<(typeof TOLD_FAULTS)[number]>(`packages/nestjs/src/${file}.ts`);
const [serving, pace, interceptor] = [cause('turn/serving'), cause('turn/pace'), cause('turn/idempotency.interceptor')];
const [openapi, schema] = [cause('published/openapi'), cause('published/problem-schema')];

const returns = testsOf('test/e2e/retry-after.spec.ts');
const [warnings, warned] = [cause('turn/route-warnings'), testsOf('packages/nestjs/src/turn/route-warnings.spec.ts')];
const documents = testsOf('test/e2e/swagger-problems.spec.ts');

export const toldFaults: readonly Regression[] = [
  warnings(
    'F3 A warning about a route comes with every request, or hides that of another',
    'nobody remembers what was told',
    'this.#told.add(what);',
    '',
    warned('told once for each route'),
  ),
  warnings(
    'F3 A warning about a route comes with every request, or hides that of another',
    'one warning counts for all routes',
    'this.#isFirst(`unused ${route}`)',
    "this.#isFirst('unused')",
    warned('that a transaction was not asked for'),
  ),
  warnings(
    'F3 A warning about a route comes with every request, or hides that of another',
    'one warning of a route counts for the other kind',
    'this.#isFirst(`passed ${route}`)',
    'this.#isFirst(`unused ${route}`)',
    warned('whatever else was told of it'),
  ),
  serving(
    'F1 Retry-After is the lease, however short the handler is',
    'nobody asks how long the route takes',
    'pace.comeBackAfterMs(leftMs, policy.terms)',
    'leftMs',
    returns('what the route takes'),
  ),
  pace(
    'F1 Retry-After is more than the lease has left',
    'a turn under a lease is bounded as one in a transaction',
    '[Math.max(leaseMs - leftMs, 0), leftMs]',
    '[Math.max(leaseMs - leftMs, 0), holdAtMostMs]',
    returns('never more than is left of the lease'),
  ),
  interceptor(
    'F1 Replays pass for turns of the handler',
    'every turn is counted',
    "serving.attempt !== undefined && serving.outcome !== 'replayed'",
    'openedAt !== undefined',
    returns('replays, refusals and requests without a key'),
  ),
  openapi(
    'F2 A manual operation is described as one that runs once',
    'the text is the same for both',
    'const retried = manual',
    'const retried = manual && seconds < 0',
    documents('a manual handler runs for every request'),
  ),
  schema(
    'F2 Refusals point to a schema that is not in the document',
    'the handler does not bring it',
    'if (!models.includes(model))',
    'if (models.length > 99)',
    documents('every refusal points to its one schema'),
  ),
];
