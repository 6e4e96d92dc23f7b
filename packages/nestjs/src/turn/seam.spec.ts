/** The wrapper that brings a handler its turn. */
import { describe, expect, it } from '@jest/globals';
import { Body, Controller, type ExecutionContext, Headers, Post, Query, Res, SetMetadata, Param } from '@nestjs/common';
import 'reflect-metadata';
import { leaveMark, RequestState } from '../request/state.js';
import { HandlerRun } from './handler-run.js';
import { answersByItself, wrapHandler } from './seam.js';

const ARGUMENTS = '__routeArguments__';
const SYMBOL = Symbol('of another library');

type Method = (...args: unknown[]) => unknown;
type Class = new () => object;

const method = (controller: Class, name: string): Method => (controller.prototype as Record<string, Method>)[name] as Method;

function wrap(controller: Class, name: string): Method {
  wrapHandler({ controller, name });
  return method(controller, name);
}

/** What Nest does: makes the parameters of `name`, with the ticket among them, and calls it. */
function called(controller: Class, name: string, response: object, replaced?: (ticket: unknown) => unknown): unknown {
  const parameters = Reflect.getMetadata(ARGUMENTS, controller, name) as Record<
    string,
    { index: number; factory?: (data: unknown, context: ExecutionContext) => unknown }
  >;
  const args: unknown[] = [];
  const context = { getType: () => 'http', getArgByIndex: () => response } as unknown as ExecutionContext;
  for (const { index, factory } of Object.values(parameters)) {
    const made = factory ? factory(undefined, context) : `argument ${index}`;
    args[index] = factory && replaced ? replaced(made) : made;
  }
  return method(controller, name).apply(new controller(), args);
}

function turn(): { response: object; run: HandlerRun } {
  const watch = {
    status: () => 201,
    began: () => undefined,
    isHeard: true,
    ended: () => undefined,
    signal: new AbortController().signal,
  };
  const run = new HandlerRun(watch, undefined, undefined);
  const response = {};
  const state = new RequestState({ optional: false, exempt: false, manual: false, cacheName: undefined });
  leaveMark(response, Object.assign({ route: {}, state, isHeld: true }, { run }));
  return { response, run };
}

@Controller()
class Base {
  readonly word: string = 'hello';

  @Post()
  @SetMetadata('roles', ['admin'])
  greet(@Body() name: string, @Query('q') q?: string): string {
    return [this.word, name, q].join(' ');
  }

  @Post()
  rest(@Body() first: string, ...others: unknown[]): unknown {
    return [first, others, others.length];
  }

  @Post()
  bare(): unknown {
    return this.word;
  }
}

@Controller('ann')
class Ann extends Base {
  override readonly word = 'ann';
}

@Controller('bob')
class Bob extends Base {
  override readonly word = 'bob';
}

it('keeps name, length, metadata and what others put on the handler, and is put on once, where it is inherited from', () => {
  const original = method(Base, 'greet');
  Object.assign(original, { [SYMBOL]: 'mine', own: 'too' });
  const wrapper = wrap(Ann, 'greet');
  expect(wrapper).not.toBe(original);
  expect([wrapper.name, wrapper.length, Reflect.getMetadata('roles', wrapper), Reflect.getMetadata('path', wrapper)]).toEqual([
    'greet',
    original.length,
    ['admin'],
    '/',
  ]);
  expect({ ...wrapper }).toEqual({ [SYMBOL]: 'mine', own: 'too' });
  expect(Object.hasOwn(Ann.prototype, 'greet')).toBe(false);
  expect(wrap(Ann, 'greet')).toBe(wrapper);
});

it('serves all controllers that inherit the handler, each under its own this', () => {
  const wrapper = wrap(Ann, 'greet');
  expect(wrap(Bob, 'greet')).toBe(wrapper);
  for (const [controller, word] of [
    [Ann, 'ann'],
    [Bob, 'bob'],
  ] as const) {
    const { response, run } = turn();
    expect(called(controller, 'greet', response)).toBe(`${word} argument 0 argument 1`);
    expect(run.facts.kind).toBe('returned');
  }
});

it('runs without a turn where none is held', () => {
  wrap(Ann, 'greet');
  expect(called(Ann, 'greet', {})).toBe('ann argument 0 argument 1');
});

it('is not noticed by those who call the handler themselves', () => {
  wrap(Ann, 'greet');
  wrap(Base, 'rest');
  expect(new Ann().greet('you')).toBe('ann you ');
  expect(new Ann().greet('you', 'there')).toBe('ann you there');
  expect(new Base().rest('one')).toEqual(['one', [], 0]);
});

it('takes its own parameter off before a handler with rest parameters sees it', () => {
  wrap(Base, 'rest');
  expect(called(Base, 'rest', turn().response)).toEqual(['argument 0', [], 0]);
});

it('brings a turn to a handler without parameters', () => {
  wrap(Base, 'bare');
  const { response, run } = turn();
  expect([called(Base, 'bare', response), run.facts.kind]).toEqual(['hello', 'returned']);
});

it.each([
  ['a copy', () => ({})],
  ['nothing', () => undefined],
  ['another function that gives something else', () => () => 7],
])('runs nothing when a pipe has made %s of its parameter, and says what to do', (_, replaced) => {
  wrap(Ann, 'greet');
  const call = (): unknown => called(Ann, 'greet', turn().response, replaced);
  expect(call).toThrow("Ann.greet, so it was not run: let the pipe return values of type 'custom' as they are");
});

it('works on a class whose instances are of another one, as mixins make it', () => {
  class Mixed extends Base {}
  @Controller()
  class Outer extends Base {}
  Object.defineProperty(Outer.prototype, 'constructor', { value: Mixed });
  wrap(Outer, 'greet');
  const parameters = (host: object): string[] => Object.keys(Reflect.getMetadata(ARGUMENTS, host, 'greet') as object);
  for (const host of [Outer, Mixed]) expect(parameters(host).filter((key) => key.includes('nestjs-idempotency'))).toHaveLength(1);
});

it('works on a handler that a decorator has replaced by one without a name', () => {
  const Traced: MethodDecorator = (_target, _key, descriptor) => {
    const before = descriptor.value as unknown as Method;
    const replaced = function (this: unknown, ...args: unknown[]): unknown {
      return ['traced', before.apply(this, args)];
    };
    for (const key of Reflect.getMetadataKeys(before) as unknown[])
      Reflect.defineMetadata(key, Reflect.getMetadata(key, before), replaced);
    Object.defineProperty(replaced, 'name', { value: '' });
    descriptor.value = replaced as never;
  };
  @Controller()
  class Replaced {
    @Traced
    @Post()
    pay(@Body() body: string, @Headers('a') a: string): unknown {
      return [body, a];
    }
  }
  wrap(Replaced, 'pay');
  const { response, run } = turn();
  expect(called(Replaced, 'pay', response)).toEqual(['traced', ['argument 0', 'argument 1']]);
  expect(run.facts.kind).toBe('returned');
});

it('refuses a handler of messages whose parameters Nest would pass as they come, and no other one', () => {
  const pattern = (controller: Class): void => {
    Reflect.defineMetadata('microservices:pattern', ['paid'], method(controller, 'paid'));
  };
  @Controller()
  class Hybrid {
    @Post()
    paid(message?: unknown): unknown {
      return message;
    }
  }
  @Controller()
  class Decorated {
    @Post()
    paid(@Body() message: unknown): unknown {
      return message;
    }
  }
  pattern(Hybrid);
  pattern(Decorated);
  expect(() => wrap(Hybrid, 'paid')).toThrow('Hybrid.paid serves messages beside requests');
  expect(() => wrap(Decorated, 'paid')).not.toThrow();
});

it('is nothing to a call that is no request', () => {
  wrap(Ann, 'greet');
  const parameters = Reflect.getMetadata(ARGUMENTS, Ann, 'greet') as Record<string, { factory?: Method }>;
  const [factory] = Object.values(parameters).flatMap((parameter) => parameter.factory ?? []);
  const ticket = factory?.(undefined, { getType: () => 'rpc' }) as () => unknown;
  expect(ticket()).toBeUndefined();
});

describe('a handler answers by itself', () => {
  @Controller()
  class Answering {
    @Post() value(@Body() _: unknown): void {}
    @Post() res(@Res() _: unknown): void {}
    @Post() passthrough(@Res({ passthrough: true }) _: unknown): void {}
    @Post() param(@Param('id') _: unknown): void {}
  }
  class Heir extends Answering {}

  it.each([
    ['value', false],
    ['res', true],
    ['passthrough', false],
    ['param', false],
  ])('%s: %s', (name, does) => {
    for (const controller of [Answering, Heir]) expect(answersByItself({ controller, name })).toBe(does);
  });
});
