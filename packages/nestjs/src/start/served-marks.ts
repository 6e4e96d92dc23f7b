/** Every mark of an application is served: one that nothing serves would promise what nobody does. Pure. */
import { IdempotencyConfigError } from '../config-error.js';
import { markOf, ownMarkOf, type RouteMark } from '../settings/decorators.js';
import { doorOf, takesMessages } from './doors.js';
import { type Mark, type MarkedMethod, markedMethods } from '../settings/marks.js';

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- Nest's own types of classes and handlers.
type Callable = Function;

/** A controller as far as its marks need it. */
export interface MarkedController {
  readonly type: Callable;
  /** What its handlers are looked up on. */
  readonly prototype: object;
  /** Whether `handler` is a route of HTTP. */
  readonly isRoute: (handler: Callable) => boolean;
  /** Whether requests to the route `handler` take part if it is marked so. */
  readonly takesPart: (handler: Callable, marked: RouteMark | undefined) => boolean;
}

const ONLY_HTTP =
  'Only HTTP handlers of controllers are protected: move the mark to the HTTP handler that leads here, or remove it.';
const PROTECTED: RouteMark = { key: true, exempt: false, manual: false, options: {} };

/** Throws an `IdempotencyConfigError` that names the place and the cure for the first mark of `controller` that is not served. */
export function checkController(controller: MarkedController): void {
  const { type, prototype } = controller;
  for (const method of markedMethods(prototype)) checkMethod(controller, method);
  for (const method of markedMethods(type)) if (promises(method.marks)) throw unserved(type, method, 'a static method');
  const mark = ownMarkOf(type);
  if (mark && isProtecting(mark)) checkClass(controller, mark);
}

/** The same for a class that is not a controller: nothing of it is served. */
export function checkProvider(type: Callable, prototype: object): void {
  for (const method of markedMethods(prototype))
    if (promises(method.marks) && ownerOf(prototype, method.name) === method.owner)
      throw unserved(type, method, doorOf((prototype as Methods)[method.name], type));
  const mark = markOf(type);
  if (mark && isProtecting(mark))
    throw new IdempotencyConfigError(
      `${wordOf(mark)} on ${type.name} protects nothing, as this is ${doorOf(undefined, type)}. ${ONLY_HTTP}`,
    );
}

type Methods = Readonly<Record<string | symbol, Callable | undefined>>;

function checkMethod(controller: MarkedController, method: MarkedMethod): void {
  const { type, prototype, isRoute, takesPart } = controller;
  const { name, marks, owner } = method;
  const handler = (prototype as Methods)[name];
  if (typeof handler !== 'function') return;
  if (ownerOf(prototype, name) !== owner) {
    checkOverride(controller, handler, method);
    return;
  }
  const place = `${type.name}.${String(name)}`;
  const settings = marks.filter((mark) => mark !== '@IdempotencyState()');
  if (settings.length > 0 && !markOf(handler))
    throw new IdempotencyConfigError(
      `${settings.join(' and ')} on ${place} is hidden by a decorator above it, which puts another function in the place of the method: ` +
        'write it above that decorator.',
    );
  if (!promises(marks)) return;
  if (!isRoute(handler)) throw unserved(type, method, doorOf(handler));
  if (!isProtecting(markOf(handler))) return;
  if (!takesPart(handler, PROTECTED))
    throw new IdempotencyConfigError(
      `${settings.join(' and ')} on ${place} protects nothing, as its HTTP method is a safe one (RFC 9110, 9.2.1), which takes no part: ` +
        'remove the mark, or let a POST do what changes something.',
    );
  if (takesMessages(handler))
    throw new IdempotencyConfigError(
      `${place} handles HTTP requests and messages, and ${settings.join(' and ')} protects the requests only: make them two methods.`,
    );
}

/** A method that takes a marked one's place says anew what it is, or is unprotected without anybody's having said so. */
function checkOverride(
  { type, isRoute, takesPart }: MarkedController,
  handler: Callable,
  { name, marks, owner }: MarkedMethod,
): void {
  if (!isProtecting(markOf((owner as Methods)[name] ?? NOBODY)) || markOf(handler) || !isRoute(handler)) return;
  if (takesPart(handler, undefined) || !takesPart(handler, PROTECTED)) return;
  throw new IdempotencyConfigError(
    `${type.name}.${String(name)} overrides ${owner.constructor.name}.${String(name)}, which has ${marks.join(' and ')}, and has none itself: ` +
      'repeat it, or say @IdempotencyExempt().',
  );
}

const NOBODY = {};

function checkClass({ type, prototype, isRoute, takesPart }: MarkedController, mark: RouteMark): void {
  const handlers = handlersOf(prototype);
  if (!handlers.some((handler) => isRoute(handler) && takesPart(handler, PROTECTED)))
    throw new IdempotencyConfigError(
      `${wordOf(mark)} on ${type.name} protects nothing, as none of its HTTP handlers has an unsafe method such as POST: remove it.`,
    );
  const deaf = handlers.find((handler) => takesMessages(handler) && !markOf(handler)?.exempt);
  if (deaf)
    throw new IdempotencyConfigError(
      `${wordOf(mark)} on ${type.name} does not protect ${type.name}.${deaf.name}, ${doorOf(deaf)}: ` +
        'say @IdempotencyExempt() there, or mark the HTTP handlers instead of their controller.',
    );
}

function handlersOf(prototype: object): Callable[] {
  const names = new Set<string>();
  for (let at = prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object)
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (name !== 'constructor' && typeof value === 'function') names.add(name);
  return [...names].map((name) => (prototype as Methods)[name]).filter((method) => typeof method === 'function');
}

/** The prototype that declares what `prototype` has under `name`. */
function ownerOf(prototype: object, name: string | symbol): object | undefined {
  let owner: object | null = prototype;
  while (owner && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object | null;
  return owner ?? undefined;
}

const promises = (marks: readonly Mark[]): boolean => marks.some((mark) => mark !== '@IdempotencyExempt()');
const isProtecting = (mark: RouteMark | undefined): boolean => mark !== undefined && (mark.key || mark.manual);
const wordOf = ({ manual }: RouteMark): Mark => (manual ? '@IdempotencyManual()' : '@IdempotencyKey()');

function unserved(type: Callable, { name, marks }: MarkedMethod, door: string): IdempotencyConfigError {
  return new IdempotencyConfigError(
    `${marks.join(' and ')} on ${type.name}.${String(name)} does nothing, as this is ${door}. ${ONLY_HTTP}`,
  );
}
