/** Handlers that others wrap too are protected once, or refused at the start. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Injectable, ParseIntPipe, Post, type Type } from '@nestjs/common';
import { IdempotencyConfigError, IdempotencyKey, IdempotencyState } from 'nestjs-idempotency';
import { closeAll, run } from './running.js';
import { type Reply, send } from './send.js';
import { PLATFORMS } from './serve.js';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** How often handlers, and what others put around them, have run. */
const course = { runs: 0, wrapped: 0 };

/** Another function in the place of a method, and what that does with the metadata of the method. */
function wrapped(carry: (from: Method, to: Method) => Method): MethodDecorator {
  return (_target, _name, descriptor) => {
    const method = descriptor.value as Method;
    const wrapper: Method = function (...args) {
      course.wrapped += 1;
      return method.apply(this, args);
    };
    descriptor.value = carry(method, wrapper) as never;
  };
}

const nothing = wrapped((_, wrapper) => wrapper);
const copied = wrapped((method, wrapper) => {
  for (const key of Reflect.getMetadataKeys(method) as unknown[])
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), wrapper);
  return wrapper;
});
const inherited = wrapped((method, wrapper) => Object.setPrototypeOf(wrapper, method) as Method);
const proxied: MethodDecorator = (_target, _name, descriptor) => {
  const apply = (method: Method, self: unknown, args: unknown[]): unknown => {
    course.wrapped += 1;
    return method.apply(self, args);
  };
  descriptor.value = new Proxy(descriptor.value as object, { apply: apply as never }) as never;
};

/** A controller with one handler under `decorators`, the topmost first. */
function controller(...decorators: MethodDecorator[]): Type {
  @Controller('pay')
  class Pay {
    pay(item: number, state: IdempotencyState): object {
      return { item, key: state.key, run: (course.runs += 1) };
    }
  }
  const { prototype } = Pay;
  Body('item', ParseIntPipe)(prototype, 'pay', 0);
  IdempotencyState()(prototype, 'pay', 1);
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'pay') ?? {};
  for (const decorate of [...decorators].reverse()) decorate(prototype, 'pay', descriptor);
  Object.defineProperty(prototype, 'pay', descriptor);
  return Pay;
}

/** A provider that puts another function in the place of the handler of `type` when the module's wrapper stands there already. */
function late(type: Type, decorate: MethodDecorator): Type {
  @Injectable()
  class LateWrapper {
    constructor() {
      const descriptor = Object.getOwnPropertyDescriptor(type.prototype, 'pay') ?? {};
      decorate(type.prototype as object, 'pay', descriptor);
      Object.defineProperty(type.prototype, 'pay', descriptor);
    }
  }
  return LateWrapper;
}

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  const open = async (type: Type, providers: Type[] = []) => {
    Object.assign(course, { runs: 0, wrapped: 0 });
    const { port, logged } = await run(platform, { profile: 'ietf' }, { controllers: [type], providers });
    return { logged, ask: (): Promise<Reply> => send(port, '/pay', { key: 'k' }) };
  };

  const key = IdempotencyKey();

  it.each<[string, MethodDecorator[]]>([
    ['below the mark', [Post(), key, nothing]],
    ['below the mark, as a proxy', [Post(), key, proxied]],
    ['above all, and copies what is known of it', [copied, Post(), key]],
    ['above all, and inherits what is known of it', [inherited, Post(), key]],
    ['between, and inherits what is known of it', [Post(), inherited, key]],
    ['on both sides', [copied, Post(), key, nothing]],
  ])('a decorator that wraps the handler %s runs with it, once', async (_, decorators) => {
    const { ask, logged } = await open(controller(...decorators));
    const first = await ask();
    expect([first.status, first.text]).toEqual([201, '{"item":1,"key":"k","run":1}']);
    const retry = await ask();
    expect([retry.text, retry.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
    expect([course.runs, logged]).toEqual([1, []]);
    expect(course.wrapped).toBe(decorators.length - 2);
  });

  it.each<[string, MethodDecorator[]]>([
    ['wrapper', [Post(), nothing, key]],
    ['wrapper above all', [nothing, Post(), key]],
    ['proxy', [Post(), proxied, key]],
  ])('a %s that hides the mark refuses the start', async (_, decorators) => {
    const error: unknown = await open(controller(...decorators)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(IdempotencyConfigError);
    expect(String(error)).toContain('@IdempotencyKey() on Pay.pay is hidden by a decorator above it');
  });

  it.each<[string, MethodDecorator]>([
    ['copies', copied],
    ['inherits', inherited],
  ])(
    'a wrapper that somebody puts around it while the application starts, and %s what is known of it, is served',
    async (_, decorate) => {
      const type = controller(Post(), key);
      const { ask } = await open(type, [late(type, decorate)]);
      const first = await ask();
      expect([first.status, first.text]).toEqual([201, '{"item":1,"key":"k","run":1}']);
      expect((await ask()).text).toBe(first.text);
      expect([course.runs, course.wrapped]).toEqual([1, 1]);
    },
  );
});
