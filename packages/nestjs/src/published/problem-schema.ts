/** The body of our refusals as `@nestjs/swagger` finds it: one schema among the document's, to which each refusal points. */

/** Where `@nestjs/swagger` keeps what `@ApiProperty()` and `@ApiExtraModels()` declare; written directly, see `openapi.ts`. */
const PROPERTY = 'swagger/apiModelProperties';
const PROPERTIES = 'swagger/apiModelPropertiesArray';
const MODELS = 'swagger/apiExtraModels';

type Properties = Readonly<Record<string, object>>;

/** RFC 9457, and what is ours. */
class IdempotencyProblem {}
const PROBLEM: Properties = {
  type: { type: 'string', format: 'uri' },
  title: { type: 'string' },
  status: { type: 'integer' },
  detail: { type: 'string' },
  reason: { type: 'string' },
  retryable: { type: 'boolean' },
  retryAfterMs: { type: 'integer', required: false },
};

/** As Nest's own errors look, and the reason. */
class IdempotencyError {}
const ERROR: Properties = {
  statusCode: { type: 'integer' },
  error: { type: 'string' },
  message: { type: 'string' },
  reason: { type: 'string' },
};

/** The content of a refusal of `handler`, which points to the schema; the schema comes into the document with the handler. */
export function problemContent(
  handler: object,
  errors: 'framework' | 'problem',
): Readonly<Record<string, { readonly schema: object }>> {
  const isProblem = errors === 'problem';
  const model = isProblem ? described(IdempotencyProblem, PROBLEM) : described(IdempotencyError, ERROR);
  const models = (Reflect.getMetadata(MODELS, handler) ?? []) as unknown[];
  if (!models.includes(model)) Reflect.defineMetadata(MODELS, [...models, model], handler);
  const schema = { $ref: `#/components/schemas/${model.name}` };
  return { [isProblem ? 'application/problem+json' : 'application/json']: { schema } };
}

function described<Model extends abstract new () => object>(model: Model, properties: Properties): Model {
  const prototype = model.prototype as object;
  if (Reflect.hasOwnMetadata(PROPERTIES, prototype)) return model;
  for (const [name, property] of Object.entries(properties))
    Reflect.defineMetadata(PROPERTY, { required: true, ...property }, prototype, name);
  Reflect.defineMetadata(
    PROPERTIES,
    Object.keys(properties).map((name) => `:${name}`),
    prototype,
  );
  return model;
}
