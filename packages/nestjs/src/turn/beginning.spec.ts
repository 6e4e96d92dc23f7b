/** The wrapper that tells, on an older Nest, whether a handler was reached. */
import { AsyncResource } from 'node:async_hooks';
import { defer, lastValueFrom, type Observable, throwError } from 'rxjs';
import 'reflect-metadata';
import { marking, nestMarks, REJECTED_BY_PIPES, wrapHandler } from './beginning.js';

class Base {
  greet(name: string): string {
    if (name === '') throw new Error('handler');
    return `${this.word} ${name}`;
  }

  readonly word: string = 'hello';
}

class Derived extends Base {}

function wrapped(): (name: string) => string {
  Reflect.defineMetadata('path', '/greet', Base.prototype.greet);
  wrapHandler({ controller: Derived, handler: Base.prototype.greet });
  return Base.prototype.greet;
}

it('is not needed on the installed Nest', () => {
  expect(nestMarks).toBe(true);
});

it('keeps name, length, metadata, this and arguments, and is put on once, where the handler is inherited from', () => {
  const original = Base.prototype.greet;
  const wrapper = wrapped();
  expect(wrapper).not.toBe(original);
  expect([wrapper.name, wrapper.length, Reflect.getMetadata('path', wrapper)]).toEqual(['greet', 1, '/greet']);
  expect(new Derived().greet('Ann')).toBe('hello Ann');
  expect(Object.hasOwn(Derived.prototype, 'greet')).toBe(false);
  expect(wrapped()).toBe(wrapper);
});

it('marks a request that fails before its handler, and none that fails in it or not at all', async () => {
  const handler = wrapped();
  const marked = async (handle: () => Observable<unknown>): Promise<boolean> => {
    const request = {};
    await lastValueFrom(marking(request, handler, handle)).catch(() => undefined);
    return REJECTED_BY_PIPES in request;
  };
  expect(await marked(() => throwError(() => new Error('pipe')))).toBe(true);
  // As Nest does: what runs at subscription takes the scope in which `handle()` was called.
  const nest = (work: () => Promise<string>) => () => defer(AsyncResource.bind(work));
  expect(await marked(nest(async () => new Derived().greet('')))).toBe(false);
  expect(await marked(nest(async () => new Derived().greet(await Promise.resolve(''))))).toBe(false);
  expect(await marked(nest(async () => new Derived().greet('Ann')))).toBe(false);
});

it('leaves handlers alone that are not wrapped', async () => {
  const request = {};
  await expect(
    lastValueFrom(
      marking(
        request,
        () => undefined,
        () => throwError(() => new Error('x')),
      ),
    ),
  ).rejects.toThrow('x');
  expect(REJECTED_BY_PIPES in request).toBe(false);
});
