/** Whether a handler was reached, where the installed Nest does not tell by itself: a wrapper around each handler tells it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import { type Observable, tap } from 'rxjs';
import type { Operation } from '../settings/operations.js';

/** What newer versions of Nest 11 and 12 mark requests with that pipes refused; here it is put there for the older ones. */
export const REJECTED_BY_PIPES = Symbol.for('nestjs:rejected-by-pipes');

/** Whether the installed Nest marks them. */
export const nestMarks: boolean = canResolve('@nestjs/core/router/rejected-by-pipes.js');

const runs = new AsyncLocalStorage<{ began: boolean }>();
const wrappers = new WeakSet();

function canResolve(file: string): boolean {
  try {
    createRequire(import.meta.url).resolve(file);
    return true;
  } catch {
    // Not there, or not to be seen in a bundle: the wrapper serves both.
    return false;
  }
}

/** Puts a wrapper with the same metadata in the place of the handler, before routes are made of it. A second time changes nothing. */
export function wrapHandler({ controller, handler }: Pick<Operation, 'controller' | 'handler'>): void {
  if (wrappers.has(handler)) return;
  const { name } = handler;
  let owner = controller.prototype as object;
  while (!Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object;
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    const run = runs.getStore();
    if (run) run.began = true;
    return handler.apply(this, args) as unknown;
  };
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(handler)))
    if (key !== 'prototype') Object.defineProperty(wrapper, key, descriptor);
  for (const key of Reflect.getOwnMetadataKeys(handler) as unknown[])
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, handler), wrapper);
  wrappers.add(wrapper);
  Object.defineProperty(owner, name, { value: wrapper, writable: true, configurable: true, enumerable: false });
}

/** What `handle` gives, which marks `request` as Nest would where it fails before the wrapped `handler` was reached. */
export function marking(request: object, handler: object, handle: () => Observable<unknown>): Observable<unknown> {
  if (!wrappers.has(handler)) return handle();
  const run = { began: false };
  return runs.run(run, handle).pipe(
    tap({
      error: () => {
        if (!run.began) Object.defineProperty(request, REJECTED_BY_PIPES, { value: true, configurable: true });
      },
    }),
  );
}
