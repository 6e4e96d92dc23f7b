/** The handler's seam: each protected handler is wrapped once, at start, and its turn reaches it as one more parameter of its route. */
import type { ExecutionContext } from '@nestjs/common';
import { shared } from '@nestjs-idempotency/core';
import { markOn } from '../request/state.js';
import { IdempotencyConfigError } from '../config-error.js';
import type { Operation } from '../settings/operations.js';
import { type PlatformResponse, rawOf } from '../wire/platform.js';
import type { HandlerRun } from './handler-run.js';

/** The keys under which Nest keeps the parameters of handlers, by the class that declared them. */
const ROUTE_ARGUMENTS = '__routeArguments__';
const PASSTHROUGH = '__responsePassthrough__';
const CUSTOM = '__customRouteArgs__';
/** What Nest calls the parameters by which a handler answers by itself: `@Res()` and `@Next()`. */
const ANSWERING = ['1:', '2:'];

/** The key under which `@MessagePattern()` and `@EventPattern()` mark a handler. */
const MESSAGE_PATTERN = 'microservices:pattern';

const NAME = `nestjs-idempotency-turn${CUSTOM}`;

/**
 * So far behind all other parameters that only Nest, which fills up the list, gives as many arguments: a default parameter, or a call
 * by the application's own code with one argument more, is not taken for a ticket.
 */
const BEHIND = 16;

/** Marks a ticket; what a pipe makes of one, or an argument of the application, has no such mark. */
const RUN = Symbol.for('nestjs-idempotency:run');

/** Brings a handler its turn, if one is held. A function, since pipes clone, trim and check objects, and leave functions alone. */
type Ticket = (() => void) & { readonly [RUN]: HandlerRun | undefined };

function ticket(run: HandlerRun | undefined): Ticket {
  const made = (() => undefined) as unknown as { -readonly [K in keyof Ticket]: Ticket[K] } & (() => void);
  made[RUN] = run;
  return made;
}

/** Says that no turn is held for this call. */
const NO_TURN = ticket(undefined);

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
export function wrapHandler({ controller, name, handler }: Handled): void {
  const hosts = new Set([controller, (controller.prototype as { constructor: typeof controller }).constructor]);
  refuseBareMessages({ controller, name, handler });
  const place = places.get(handler) ?? placeBehind(parametersOf(controller, name), handler.length);
  for (const host of hosts) {
    const ticket = { index: place, factory: ticketOf, data: undefined, pipes: [] };
    Reflect.defineMetadata(ROUTE_ARGUMENTS, { ...parametersOf(host, name), [`${NAME}:${place}`]: ticket }, host, name);
  }
  if (places.has(handler)) return;
  let owner = controller.prototype as object;
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object;
  refuseFixed(owner, controller, name);
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    // Somebody who is not Nest calls it, a test perhaps.
    if (args.length <= place) return handler.apply(this, args) as unknown;
    const run = runOf(args[place], `${controller.name}.${name}`);
    args.length = place - BEHIND;
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

function refuseFixed(owner: object, controller: { readonly name: string }, name: string): void {
  if (Object.getOwnPropertyDescriptor(owner, name)?.configurable === true) return;
  throw new IdempotencyConfigError(
    `${controller.name}.${name} cannot be protected, as its property is frozen or not configurable: leave the prototype as it is until the application has started, or mark it @IdempotencyExempt().`,
  );
}

/** As they are declared. Without the ticket of a parent, which a controller inherits with them: it would count as one of its own. */
function parametersOf(host: object, name: string): Parameters {
  const known = (Reflect.getMetadata(ROUTE_ARGUMENTS, host, name) ?? {}) as Parameters;
  return Object.fromEntries(Object.entries(known).filter(([key]) => !key.startsWith(NAME)));
}

function placeBehind(parameters: Parameters, length: number): number {
  return Math.max(length, ...Object.values(parameters).map(({ index }) => index + 1)) + BEHIND;
}

/** Nest asks for it when guards and interceptors are through, beside the other parameters of the handler that it then calls. */
function ticketOf(_: unknown, context: ExecutionContext): Ticket {
  const mark = context.getType() === 'http' ? markOn(rawOf(context.getArgByIndex<PlatformResponse>(1))) : undefined;
  const run = (mark as Holder | undefined)?.run;
  if (run === undefined) return NO_TURN;
  run.isCalled = true;
  return ticket(run);
}

function runOf(given: unknown, place: string): HandlerRun | undefined {
  if (typeof given === 'function' && RUN in given) return (given as Ticket)[RUN];
  throw new IdempotencyConfigError(
    `A global pipe has replaced the parameter that protects ${place}, so it was not run: let the pipe return values of type 'custom' as they are.`,
  );
}
