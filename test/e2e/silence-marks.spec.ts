/** A mark that nothing serves refuses the start, with the place and the cure. */
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  All,
  applyDecorators,
  Controller,
  Get,
  Injectable,
  type NestMiddleware,
  Post,
  type Provider,
  Put,
  Scope,
  SetMetadata,
  type Type,
} from '@nestjs/common';
import {
  IdempotencyConfigError,
  IdempotencyExempt,
  IdempotencyKey,
  IdempotencyManual,
  type IdempotencyOptions,
  IdempotencyState,
} from 'nestjs-idempotency';
import { closeAll, run } from './running.js';
import { send } from './send.js';
import { PLATFORMS } from './serve.js';

/** What the decorators of other frameworks leave behind on a method or a class. */
const query = SetMetadata('graphql:resolver_type', 'Mutation');
const eventPattern = SetMetadata('microservices:pattern', ['paid']);
const subscribeMessage = SetMetadata('websockets:message_mapping', true);
const cron = SetMetadata('SCHEDULER_TYPE', 1);
const onEvent = SetMetadata('EVENT_LISTENER_METADATA', [{ event: 'paid' }]);
const processor = SetMetadata('bullmq:processor_metadata', { queue: 'pay' });
const process = SetMetadata('bull:module_queue_process', [{}]);

/** As many decorators do that time, retry or trace: another function in the place of the method, without what was known of it. */
const timed: MethodDecorator = (_target, _name, descriptor) => {
  const { value } = descriptor;
  descriptor.value = function (this: unknown, ...args: unknown[]): unknown {
    return (value as (...args: unknown[]) => unknown).apply(this, args);
  } as never;
  return descriptor;
};

/** A class with one method under `decorators`, the topmost first. */
function holder(name: string, onClass: ClassDecorator[], onMethod: MethodDecorator[]): Type {
  const type = {
    [name]: class {
      pay(): object {
        return {};
      }
    },
  }[name] as Type;
  const prototype = type.prototype as { pay: unknown };
  const descriptor = [...onMethod]
    .reverse()
    .reduce<PropertyDescriptor>(
      (described, decorate) => (decorate(prototype, 'pay', described) as PropertyDescriptor | undefined) ?? described,
      Object.getOwnPropertyDescriptor(prototype, 'pay') ?? {},
    );
  Object.defineProperty(prototype, 'pay', descriptor);
  for (const decorate of [...onClass].reverse()) decorate(type);
  return type;
}

const key = IdempotencyKey();
const controller = (name: string, ...onMethod: MethodDecorator[]) => holder(name, [Controller('pay')], onMethod);
const provider = (name: string, ...onMethod: MethodDecorator[]) => holder(name, [Injectable()], onMethod);

@Controller('orders')
class Orders {
  static runs = 0;

  @Post()
  @IdempotencyKey()
  create(): object {
    return { runs: ++Orders.runs };
  }
}

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  const start = (
    { controllers = [], providers = [] }: { controllers?: Type[]; providers?: Provider[] },
    options: IdempotencyOptions = {},
  ) => run(platform, { scope: () => 'anyone', ...options }, { controllers: [Orders, ...controllers], providers });

  const refusal = async (...what: Parameters<typeof start>): Promise<string> => {
    const error: unknown = await start(...what).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(IdempotencyConfigError);
    return (error as Error).message;
  };

  it.each<[string, Type, string]>([
    ['a GraphQL resolver', provider('Resolver', query, key), 'Resolver.pay does nothing, as this is a GraphQL resolver'],
    ['a method of a gateway', provider('Gateway', subscribeMessage, key), 'a handler of WebSocket messages'],
    ['a processor of jobs', holder('Jobs', [processor], [key]), 'Jobs.pay does nothing, as this is a processor of jobs'],
    ['a process of Bull', provider('Jobs', process, key), 'a processor of jobs'],
    ['a scheduled method', provider('Ticks', cron, key), 'Ticks.pay does nothing, as this is a scheduled method'],
    ['an event listener', provider('Listener', onEvent, IdempotencyManual()), '@IdempotencyManual() on Listener.pay'],
    ['a method of a plain provider', provider('Service', key), 'Service.pay does nothing, as this is no HTTP handler'],
    ['a class of a provider', holder('Service', [IdempotencyKey()], []), '@IdempotencyKey() on Service protects nothing'],
    ['a controller among the providers', controller('Lost', Post(), key), 'a controller that is listed among the providers'],
  ])('refuses a mark on %s', async (_, type, words) => {
    const told = await refusal({ providers: [type] });
    expect(told).toContain(words);
    expect(told).toContain('move the mark to the HTTP handler');
  });

  it('refuses a mark on what a factory makes, and on what is given as a value', async () => {
    const Service = provider('Service', key);
    expect(await refusal({ providers: [{ provide: 'A', useFactory: () => new Service() }] })).toContain('Service.pay');
    expect(await refusal({ providers: [{ provide: 'A', useValue: new Service() }] })).toContain('Service.pay');
  });

  it.each([Scope.REQUEST, Scope.TRANSIENT])('refuses a mark on a provider that is made anew: scope %s', async (scope) => {
    expect(await refusal({ providers: [holder('Service', [Injectable({ scope })], [key])] })).toContain('Service.pay');
  });

  it.each<[string, Type, string]>([
    [
      'a message or an event',
      controller('Events', eventPattern, key),
      'Events.pay does nothing, as this is a handler of messages or events',
    ],
    ['messages beside requests', controller('Both', Post(), eventPattern, key), 'make them two methods'],
    [
      'a GET',
      controller('Reads', Get(), key),
      '@IdempotencyKey() on Reads.pay protects nothing, as its HTTP method is a safe one',
    ],
    ['no route at all', controller('Helper', key), 'Helper.pay does nothing, as this is no HTTP handler'],
    [
      'a decorator above it',
      controller('Hidden', Post(), timed, key),
      '@IdempotencyKey() on Hidden.pay is hidden by a decorator above it',
    ],
    ['a decorator above both', controller('Hidden', timed, Post(), key), 'write it above that decorator'],
    [
      'a decorator above an exemption',
      controller('Hidden', Post(), timed, IdempotencyExempt()),
      '@IdempotencyExempt() on Hidden.pay is hidden',
    ],
    [
      'handlers that are all safe',
      holder('Reads', [IdempotencyKey(), Controller('reads')], [Get()]),
      'none of its HTTP handlers has an unsafe method',
    ],
    [
      'an event in a marked controller',
      holder('Events', [IdempotencyKey(), Controller('events')], [eventPattern]),
      '@IdempotencyKey() on Events',
    ],
  ])('refuses a mark of a controller for %s', async (_, type, words) => {
    expect(await refusal({ controllers: [type] })).toContain(words);
  });

  it('refuses an event handler in a marked controller, unless it says that it is exempt', async () => {
    @Controller('mixed')
    @IdempotencyKey()
    class Mixed {
      @Post()
      create(): object {
        return {};
      }

      @SetMetadata('microservices:pattern', ['paid'])
      paid(): void {}
    }
    expect(await refusal({ controllers: [Mixed] })).toContain('does not protect Mixed.paid');
    IdempotencyExempt()(Mixed.prototype, 'paid', Object.getOwnPropertyDescriptor(Mixed.prototype, 'paid') ?? {});
    await start({ controllers: [Mixed] });
  });

  it('refuses a static method, and a property that holds a function', async () => {
    class Statics {
      @IdempotencyKey()
      static pay(): void {}
    }
    Controller()(Statics);
    expect(await refusal({ controllers: [Statics] })).toContain('a static method');
    expect(() => (IdempotencyKey() as PropertyDecorator)(Statics.prototype, 'pay')).toThrow('Statics.pay, which is not a method');
  });

  it('refuses an override that drops the mark, unless the override says what it is', async () => {
    class Base {
      @Post()
      @IdempotencyKey()
      create(): object {
        return {};
      }
    }
    @Controller('drops')
    class Drops extends Base {
      @Post()
      override create(): object {
        return {};
      }
    }
    @Controller('exempts')
    class Exempts extends Base {
      @Post()
      @IdempotencyExempt()
      override create(): object {
        return {};
      }
    }
    @Controller('marked')
    @IdempotencyKey()
    class Marked extends Base {
      @Post()
      override create(): object {
        return {};
      }
    }
    expect(await refusal({ controllers: [Drops] })).toContain('Drops.create overrides Base.create, which has @IdempotencyKey()');
    await start({ controllers: [Exempts, Marked] });
    await start({ controllers: [Drops] }, { mode: 'opt-out' });
  });

  it('serves marks that are inherited: from an abstract class, a mixin, a controller of two', async () => {
    abstract class Base {
      @Post('base')
      @IdempotencyKey()
      create(): object {
        return { runs: ++Orders.runs };
      }
    }
    const mixed = (): Type<Base> => {
      class Mixed extends Base {
        @Put('mixed')
        @IdempotencyKey()
        put(): object {
          return { runs: ++Orders.runs };
        }
      }
      return Mixed;
    };
    @Controller({ path: 'one', scope: Scope.REQUEST })
    class One extends mixed() {}
    @Controller({ path: 'two', durable: true, scope: Scope.REQUEST })
    class Two extends mixed() {
      @All('all')
      @IdempotencyKey()
      all(): object {
        return {};
      }
    }
    const { port, logged } = await start({ controllers: [One, Two] });
    const first = await send(port, '/one/base', { key: 'a' });
    expect((await send(port, '/one/base', { key: 'a' })).text).toBe(first.text);
    expect(logged).toEqual([]);
  });

  it('takes an exemption as it is said, where nothing would be protected anyway', async () => {
    const exempt = IdempotencyExempt();
    const harmless = [controller('Reads', Get(), exempt), holder('All', [Controller('all'), exempt], [Get()])];
    const { logged } = await start({ controllers: harmless, providers: [provider('Service', exempt)] });
    expect(logged).toEqual([]);
  });

  it('takes decorators above a mark that leave the method where it is, or carry on what is known of it', async () => {
    const carrying: MethodDecorator = (target, name, descriptor) => {
      const before = descriptor.value as object;
      timed(target, name, descriptor as TypedPropertyDescriptor<unknown>);
      for (const known of Reflect.getOwnMetadataKeys(before) as unknown[])
        Reflect.defineMetadata(known, Reflect.getOwnMetadata(known, before), descriptor.value as object);
    };
    const { port } = await start({
      controllers: [controller('Carried', carrying, SetMetadata('role', 'any'), applyDecorators(Post(), key))],
    });
    expect((await send(port, '/pay')).status).toBe(400);
  });

  it.each<[string, Type]>([
    ['a resolver', provider('Resolver', query)],
    ['a message handler', controller('Events', eventPattern)],
  ])('refuses @IdempotencyState() on %s, which has no request', async (_, type) => {
    IdempotencyState()(type.prototype as object, 'pay', 0);
    const told = await refusal(type.name === 'Events' ? { controllers: [type] } : { providers: [type] });
    expect(told).toContain(`@IdempotencyState() on ${type.name}.pay does nothing`);
  });

  it('lets middleware, and providers that carry no mark, be', async () => {
    @Injectable()
    class Quiet implements NestMiddleware {
      use(_request: unknown, _response: unknown, next: () => void): void {
        next();
      }
    }
    const { logged } = await start({
      providers: [Quiet, { provide: 'null', useValue: null }, { provide: 'bare', useValue: Object.create(null) as object }],
    });
    expect(logged).toEqual([]);
  });
});
