/** Protected operations in an OpenAPI document: what `@nestjs/swagger` finds on a handler, put there for it. */
import type { Operation } from '../settings/operations.js';
import type { PublishedPolicy, PublishedProblem } from './policy-document.js';

/**
 * Where `@nestjs/swagger` keeps what its decorators declare. Written directly, so that nothing of it is loaded where it is not used;
 * its own decorators stay what counts wherever both say something.
 */
const PARAMETERS = 'swagger/apiParameters';
const RESPONSES = 'swagger/apiResponse';
const EXTENSIONS = 'swagger/apiExtension';
const HTTP_CODE = '__httpCode__';

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

function keyParameter({ key, retentionMs }: PublishedPolicy): object {
  const { header, required, maxLength, format } = key;
  const pattern = format === undefined || format === 'uuid' || format === 'custom' ? {} : { pattern: format };
  return {
    in: 'header',
    name: header,
    required,
    description:
      'A new key for each operation, the same key for each retry of it. ' +
      `A retry is given the first answer for ${retentionMs / 1_000} seconds.`,
    schema: { type: 'string', minLength: 1, maxLength, ...(format === 'uuid' && { format }), ...pattern },
  };
}

function responsesOf(
  { controller, handler, method }: Operation,
  policy: PublishedPolicy,
  errors: 'framework' | 'problem',
): Responses {
  const responses: Record<string, ResponseEntry> = { ...declared(controller, handler, method) };
  const { header } = policy.replay;
  if (header !== undefined)
    for (const [status, entry] of Object.entries(responses))
      if (status.startsWith('2') || status === 'default') {
        const mark = { description: 'Whether this answer was given before.', schema: { type: 'string', enum: ['true'] } };
        responses[status] = { ...entry, headers: { ...entry.headers, [header]: mark } };
      }
  for (const problem of policy.problems) {
    const entry = responses[problem.status];
    const description = [entry?.description, problem.title].filter((text) => text !== undefined && text !== '').join('; ');
    responses[problem.status] = { ...(entry ?? emptyEntry(problem, errors)), description };
  }
  return responses;
}

/** What is declared already, by decorators or by the compiler's plugin; otherwise the success that would be shown if nothing were. */
function declared(controller: Operation['controller'], handler: Operation['handler'], method: string): Responses {
  const declaredResponses = Reflect.getMetadata(RESPONSES, handler) as Responses | undefined;
  if (declaredResponses) return declaredResponses;
  const status = (Reflect.getMetadata(HTTP_CODE, handler) as number | undefined) ?? (method === 'POST' ? 201 : 200);
  const { status: ownStatus, type, isArray } = fromPlugin(controller, handler.name) ?? {};
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

function emptyEntry({ retryable }: PublishedProblem, errors: 'framework' | 'problem'): object {
  const text = { type: 'string' };
  const schema =
    errors === 'problem'
      ? {
          type: 'object',
          required: ['type', 'title', 'status', 'detail', 'reason', 'retryable'],
          properties: {
            type: { type: 'string', format: 'uri' },
            title: text,
            status: { type: 'integer' },
            detail: text,
            reason: text,
            retryable: { type: 'boolean' },
            retryAfterMs: { type: 'integer' },
          },
        }
      : {
          type: 'object',
          required: ['statusCode', 'error', 'message', 'reason'],
          properties: { statusCode: { type: 'integer' }, error: text, message: text, reason: text },
        };
  const retryAfter = { description: 'Seconds until a retry makes sense.', schema: { type: 'integer' } };
  return {
    content: { [errors === 'problem' ? 'application/problem+json' : 'application/json']: { schema } },
    ...(retryable && { headers: { 'Retry-After': retryAfter } }),
  };
}
