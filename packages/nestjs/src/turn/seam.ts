/** The handler's seam: each protected handler is wrapped once, at start, and its turn reaches it as one more parameter of its route. */
import type { ExecutionContext } from '@nestjs/common';
import { shared } from '@nestjs-idempotency/core';
import { markOn } from '../request/state.js';
import { IdempotencyConfigError } from '../config-error.js';
import type { Operation } from '../settings/operations.js';
import { type PlatformResponse, rawOf } from '../wire/platform.js';
import type { HandlerRun, Ticket } from './handler-run.js';

/** The keys under which Nest keeps the parameters of handlers, by the class that declared them. */
const ROUTE_ARGUMENTS = '__routeArguments__';
const PASSTHROUGH = '__responsePassthrough__';
const CUSTOM = '__customRouteArgs__';
/** What Nest calls the parameters by which a handler answers by itself: `@Res()` and `@Next()`. */
const ANSWERING = ['1:', '2:'];

/** The key under which `@MessagePattern()` and `@EventPattern()` mark a handler. */
const MESSAGE_PATTERN = 'microservices:pattern';

const NAME = `nestjs-idempotency-turn${CUSTOM}`;

/** Says that no turn is held for this call. */
const NO_TURN: Ticket = () => undefined;

interface Parameter {
  readonly index: number;
  readonly factory?: unknown;
}

type Parameters = Readonly<Record<string, Parameter>>;

/** Where the ticket stands among the parameters of a wrapped handler, whichever copy of this package wrapped it. */
const places = shared('places', () => new WeakMap<object, number>());

/** A handler under its name in its controller. */
type Handled = Pick<Operation, 'controller' | 'name' | 'handler'>;

/** What stands on a response whose handler runs within a turn. */
interface Holder {
  readonly run?: HandlerRun | undefined;
}

/**
 * Puts a wrapper with the same metadata in the place of a handler, before routes are made of it, and a parameter behind its own that
 * brings it its turn. Not the async context: it is lost in some pools of connections, and costs each promise of the process on older
 * versions of Node. A second time changes nothing.
 */
export function wrapHandler({ controller, name }: Pick<Operation, 'controller' | 'name'>): void {
  // Looked up now: for a controller that it inherits from, a wrapper may have taken its place since it was found.
  const handler = (controller.prototype as Readonly<Record<string, Operation['handler']>>)[name] as Operation['handler'];
  const hosts = new Set([controller, (controller.prototype as { constructor: typeof controller }).constructor]);
  refuseBareMessages({ controller, name, handler });
  const place = places.get(handler) ?? placeBehind(parametersOf(controller, name), handler.length);
  for (const host of hosts) {
    const parameters = parametersOf(host, name);
    const key = `${NAME}:${place}`;
    if (key in parameters) continue;
    const ticket = { index: place, factory: ticketOf, data: undefined, pipes: [] };
    Reflect.defineMetadata(ROUTE_ARGUMENTS, { ...parameters, [key]: ticket }, host, name);
  }
  if (places.has(handler)) return;
  let owner = controller.prototype as object;
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object;
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    // Somebody who is not Nest calls it, a test perhaps.
    if (args.length <= place) return handler.apply(this, args) as unknown;
    const run = runOf(args.pop(), `${controller.name}.${name}`);
    if (run === undefined) return handler.apply(this, args) as unknown;
    return run.run(() => handler.apply(this, args) as unknown, handler);
  };
  for (const key of Reflect.ownKeys(handler))
    if (key !== 'prototype')
      Object.defineProperty(wrapper, key, Object.getOwnPropertyDescriptor(handler, key) as PropertyDescriptor);
  // Also what it inherits: a decorator may have put a function in its place that has it for its prototype.
  for (const key of Reflect.getMetadataKeys(handler) as unknown[])
    Reflect.defineMetadata(key, Reflect.getMetadata(key, handler), wrapper);
  places.set(wrapper, place);
  Object.defineProperty(owner, name, { value: wrapper, writable: true, configurable: true, enumerable: false });
}

/** Whether a handler answers by itself: Nest then sends nothing of what it returns. */
export function answersByItself({ controller, name }: Omit<Handled, 'handler'>): boolean {
  const hosts = [controller, (controller.prototype as { constructor: typeof controller }).constructor];
  return hosts.some(
    (host) =>
      Object.keys(parametersOf(host, name)).some((key) => ANSWERING.some((kind) => key.startsWith(kind))) &&
      Reflect.getMetadata(PASSTHROUGH, host, name) !== true,
  );
}

/** Nest gives a message to a handler only if none of its parameters is decorated, or one for the message is. */
function refuseBareMessages({ controller, name, handler }: Handled): void {
  if (!Reflect.hasMetadata(MESSAGE_PATTERN, handler) || Object.keys(parametersOf(controller, name)).length > 0) return;
  throw new IdempotencyConfigError(
    `${controller.name}.${name} serves messages beside requests, and would no longer be given its message: make them two methods, decorate its parameters, e.g. with @Payload(), or mark it @IdempotencyExempt().`,
  );
}

function parametersOf(host: object, name: string): Parameters {
  return (Reflect.getMetadata(ROUTE_ARGUMENTS, host, name) ?? {}) as Parameters;
}

/** Behind all parameters; or where a parent's ticket stands already, which an override without decorated parameters inherits with them. */
function placeBehind(parameters: Parameters, length: number): number {
  const inherited = Object.entries(parameters).find(([key]) => key.startsWith(`${NAME}:`));
  return inherited?.[1].index ?? Math.max(length, ...Object.values(parameters).map(({ index }) => index + 1));
}

/** A function, since pipes of applications clone, trim and check objects, and leave functions alone. */
function ticketOf(_: unknown, context: ExecutionContext): Ticket {
  if (context.getType() !== 'http') return NO_TURN;
  const mark = markOn(rawOf(context.getArgByIndex<PlatformResponse>(1)));
  return (mark as Holder | undefined)?.run?.ticket ?? NO_TURN;
}

function runOf(ticket: unknown, place: string): HandlerRun | undefined {
  const run = typeof ticket === 'function' ? (ticket as Ticket)() : null;
  if (run === undefined || typeof run?.run === 'function') return run;
  throw new IdempotencyConfigError(
    `A global pipe has replaced the parameter that protects ${place}, so it was not run: let the pipe return values of type 'custom' as they are.`,
  );
}
