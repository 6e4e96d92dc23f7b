/** A status that the application describes and the library answers too: its document shows the bodies of both. */

/** Where `@nestjs/swagger` keeps what its decorators declare; written directly, see `openapi.ts`. */
const MODELS = 'swagger/apiExtraModels';
const PRODUCES = 'swagger/apiProduces';
const SCHEMA = 'swagger/apiSchema';

interface Media {
  readonly schema?: object;
}
type Content = Readonly<Record<string, Media>>;
type Type = (abstract new (...given: never[]) => unknown) | string;

/** What `@ApiResponse()` leaves of a body. */
interface Declared {
  readonly type?: Type | readonly [Type] | (() => Type);
  readonly isArray?: boolean;
  readonly schema?: object;
  readonly content?: Content;
  readonly example?: unknown;
  readonly examples?: unknown;
  readonly nullable?: boolean;
}

/** `entry`, as an application declared it on `handler`, with `ours` beside its own body. */
export function withBoth<Entry extends object>(entry: Entry, ours: Content, handler: object): Entry {
  const { type, isArray, schema, example, examples, nullable, ...rest } = entry as Entry & Declared;
  const own = schema ?? (type === undefined ? undefined : schemaOf(type, isArray ?? false, nullable ?? false, handler));
  const shown = {
    ...(own && { schema: own }),
    ...(example !== undefined && { example }),
    ...(examples !== undefined && { examples }),
  };
  const produces = (Reflect.getMetadata(PRODUCES, handler) ?? ['application/json']) as readonly string[];
  const theirs = Object.keys(shown).length === 0 ? {} : Object.fromEntries(produces.map((media) => [media, shown]));
  const content: Record<string, Media> = { ...rest.content, ...theirs };
  for (const [media, { schema: refusal }] of Object.entries(ours)) {
    const beside = content[media];
    content[media] = beside?.schema ? { ...beside, schema: { oneOf: [beside.schema, refusal] } } : { ...beside, ...ours[media] };
  }
  return { ...rest, content } as unknown as Entry;
}

const PLAIN: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [String, 'string'],
  [Number, 'number'],
  [Boolean, 'boolean'],
  [Object, 'object'],
]);

function schemaOf(given: NonNullable<Declared['type']>, isArray: boolean, isNullable: boolean, handler: object): object {
  const [type, many] = Array.isArray(given) ? [given[0] as Type, true] : [given as Type | (() => Type), isArray];
  const one = refTo(isLazy(type) ? type() : type, handler);
  if (many) return { type: 'array', items: one, ...(isNullable && { nullable: true }) };
  return isNullable ? { nullable: true, allOf: [one] } : one;
}

/** An arrow function, which gives a class that is not there yet; String and its kind have a prototype, as classes have. */
const isLazy = (type: Type | (() => Type)): type is () => Type =>
  typeof type === 'function' && (type as { readonly prototype?: unknown }).prototype === undefined;

function refTo(type: Type, handler: object): object {
  if (typeof type === 'string') return { type };
  const plain = PLAIN.get(type);
  if (plain !== undefined) return { type: plain };
  const models = (Reflect.getMetadata(MODELS, handler) ?? []) as readonly unknown[];
  if (!models.includes(type)) Reflect.defineMetadata(MODELS, [...models, type], handler);
  const named = (Reflect.getOwnMetadata(SCHEMA, type) ?? []) as readonly { readonly name?: string }[];
  return { $ref: `#/components/schemas/${named.at(-1)?.name ?? type.name}` };
}
