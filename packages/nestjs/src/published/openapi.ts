/** Protected operations in an OpenAPI document: what `@nestjs/swagger` finds on a handler, put there for it. */
import type { Operation } from '../settings/operations.js';
import { withBoth } from './both-answers.js';
import type { PublishedPolicy, PublishedProblem } from './policy-document.js';
import { problemContent } from './problem-schema.js';

/**
 * Where `@nestjs/swagger` keeps what its decorators declare. Written directly, so that nothing of it is loaded where it is not used;
 * its own decorators stay what counts wherever both say something.
 */
const PARAMETERS = 'swagger/apiParameters';
const RESPONSES = 'swagger/apiResponse';
const EXTENSIONS = 'swagger/apiExtension';
const HTTP_CODE = '__httpCode__';

const REPLAYED = 'The answer that was given before';

interface ResponseEntry {
  readonly description?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
}
type Responses = Readonly<Record<string, ResponseEntry>>;

/** Stands on a handler that was described. Metadata, so that it goes over to what takes the place of the handler. */
const DESCRIBED = Symbol.for('nestjs-idempotency:described');

/** Describes the key header, the answers of ours, the mark of a replay and the whole policy (`x-idempotency`) of `operation`, once. */
export function describeOperation(operation: Operation, policy: PublishedPolicy, errors: 'framework' | 'problem'): void {
  const { handler } = operation;
  if (Reflect.hasMetadata(DESCRIBED, handler)) return;
  Reflect.defineMetadata(DESCRIBED, true, handler);
  const parameters = (Reflect.getMetadata(PARAMETERS, handler) ?? []) as { in?: string; name?: string }[];
  const isNamed = parameters.some(({ in: where, name }) => where === 'header' && name?.toLowerCase() === policy.key.header);
  if (!isNamed) Reflect.defineMetadata(PARAMETERS, [...parameters, keyParameter(policy)], handler);
  Reflect.defineMetadata(RESPONSES, responsesOf(operation, policy, errors), handler);
  const extensions = Reflect.getMetadata(EXTENSIONS, handler) as object | undefined;
  Reflect.defineMetadata(EXTENSIONS, { 'x-idempotency': policy, ...extensions }, handler);
}

function keyParameter({ key, manual, retentionMs }: PublishedPolicy): object {
  const { header, required, maxLength, format } = key;
  const seconds = retentionMs / 1_000;
  const retried = manual
    ? `Every request runs, those with one key one after another; the operation, for which an answer is kept for ${seconds} seconds, decides what a retry is given.`
    : `A retry is given the first answer for ${seconds} seconds.`;
  const pattern = format === undefined || format === 'uuid' || format === 'custom' ? {} : { pattern: format };
  return {
    in: 'header',
    name: header,
    required,
    description: `A new key for each operation, the same key for each retry of it. ${retried}`,
    schema: { type: 'string', minLength: 1, maxLength, ...(format === 'uuid' && { format }), ...pattern },
  };
}

function responsesOf(operation: Operation, policy: PublishedPolicy, errors: 'framework' | 'problem'): Responses {
  const responses: Record<string, ResponseEntry> = { ...declared(operation) };
  const { header, status: replayed } = policy.replay;
  if (header !== undefined)
    for (const [status, entry] of Object.entries(responses))
      if (status.startsWith('2') || status === 'default') {
        const mark = { description: 'Whether this answer was given before.', schema: { type: 'string', enum: ['true'] } };
        responses[status] = { ...entry, headers: { ...entry.headers, [header]: mark } };
      }
  for (const status of new Set(policy.problems.map((problem) => problem.status))) {
    const problems = policy.problems.filter((problem) => problem.status === status);
    const entry = responses[status];
    const said = [entry?.description, replayed === status ? REPLAYED : undefined, ...problems.map(({ title }) => title)];
    const description = said.filter((text) => text !== undefined && text !== '').join('; ');
    responses[status] = { ...refusalIn(entry, operation.handler, problems, errors), description };
  }
  if (replayed !== 'first') responses[replayed] ??= { description: REPLAYED };
  return responses;
}

/** A refusal, beside what the application says of its status. */
function refusalIn(
  entry: ResponseEntry | undefined,
  handler: object,
  problems: readonly PublishedProblem[],
  errors: 'framework' | 'problem',
): object {
  const retryAfter = { description: 'Seconds until a retry makes sense.', schema: { type: 'integer' } };
  const mayRetry = problems.some(({ retryable }) => retryable);
  return {
    ...withBoth(entry ?? {}, problemContent(handler, errors), handler),
    ...((mayRetry || entry?.headers) && { headers: { ...(mayRetry && { 'Retry-After': retryAfter }), ...entry?.headers } }),
  };
}

/** What is declared already, by decorators or by the compiler's plugin; otherwise the success that would be shown if nothing were. */
function declared({ controller, handler, name, method }: Operation): Responses {
  const declaredResponses = Reflect.getMetadata(RESPONSES, handler) as Responses | undefined;
  if (declaredResponses) return declaredResponses;
  const status = (Reflect.getMetadata(HTTP_CODE, handler) as number | undefined) ?? (method === 'POST' ? 201 : 200);
  const { status: ownStatus, type, isArray } = fromPlugin(controller, name) ?? {};
  const [one, many] = Array.isArray(type) ? [type[0] as unknown, true] : [type, isArray ?? false];
  return { [ownStatus ?? status]: { description: '', ...(one !== undefined && { type: one, isArray: many }) } };
}

interface PluginResponse {
  readonly status?: number;
  readonly type?: unknown;
  readonly isArray?: boolean;
}

function fromPlugin(controller: Operation['controller'], name: string): PluginResponse | undefined {
  const { _OPENAPI_METADATA_FACTORY: factory } = controller as {
    _OPENAPI_METADATA_FACTORY?: () => Record<string, PluginResponse>;
  };
  return factory?.()[name];
}
