/** The handlers of an application as clients see them: which method, which path. */
import { RequestMethod, type Type } from '@nestjs/common';
import type { DiscoveryService, MetadataScanner } from '@nestjs/core';

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- Nest's own type of a handler.
export type Handler = Function;

export interface Operation {
  readonly controller: Type;
  readonly handler: Handler;
  /** The handler's property in its controller; a decorator that replaces a handler may leave it without a name of its own. */
  readonly name: string;
  /** Upper case; '*' for a handler of all methods. */
  readonly method: string;
  /** Relative to the application: without its global prefix, and without versions in the path. */
  readonly paths: readonly string[];
}

/** The keys under which Nest keeps what `@Controller()`, `@Post()` and their like declare. */
const PATH = 'path';
const METHOD = 'method';

/** Every handler of every controller. */
export function operationsOf(discovery: DiscoveryService, scanner: MetadataScanner): Operation[] {
  return discovery.getControllers().flatMap(({ metatype }) => {
    if (typeof metatype !== 'function') return [];
    const controller = metatype as Type;
    const prototype = controller.prototype as Record<string, unknown>;
    return scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name];
      if (typeof handler !== 'function' || !Reflect.hasMetadata(METHOD, handler)) return [];
      const bases = pathsOf(controller);
      const paths = bases.flatMap((base) => pathsOf(handler).map((path) => joined(base, path)));
      return [{ controller, handler, name, method: methodOf(handler), paths }];
    });
  });
}

/** The method that `handler` serves, as in `Operation`. */
export function methodOf(handler: Handler): string {
  const method = RequestMethod[Reflect.getMetadata(METHOD, handler) as number] ?? 'ALL';
  return method === 'ALL' ? '*' : method;
}

function pathsOf(target: object): string[] {
  const declared = Reflect.getMetadata(PATH, target) as string | string[] | undefined;
  return [declared ?? ''].flat();
}

function joined(...parts: readonly string[]): string {
  const segments = parts.flatMap((part) => part.split('/')).filter((segment) => segment !== '');
  return `/${segments.join('/')}`;
}
