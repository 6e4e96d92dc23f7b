/** Handlers that are reached past what protects them: at the start, in a request, and by the application's own calls, on both platforms. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { All, Body, Controller, Module, type OnModuleInit, Post, Scope } from '@nestjs/common';
import { IdempotencyKey, IdempotencyManual, type IdempotencyOptions } from 'nestjs-idempotency';
import { closeAll, run } from './running.js';
import { send } from './send.js';
import { PLATFORMS } from './serve.js';

afterEach(closeAll);

interface Paying {
  pay(body?: unknown, more?: unknown): unknown;
}

let runs = 0;

/** Controllers anew for each test: wrapping one stays. */
const made: Readonly<Record<string, () => new () => Paying>> = {
  'is bound in the constructor': () => {
    @Controller()
    class Bound implements Paying {
      constructor() {
        this.pay = this.pay.bind(this);
      }

      @Post() @IdempotencyKey() pay() {
        return { paid: (runs += 1) };
      }
    }
    return Bound;
  },
  'is made by a proxy': () => {
    @Controller()
    class Watched implements Paying {
      constructor() {
        return new Proxy(this, {
          get: (target, name) => {
            const found: unknown = Reflect.get(target, name);
            return typeof found === 'function' ? (...given: unknown[]) => Reflect.apply(found, target, given) as unknown : found;
          },
        });
      }

      @Post() @IdempotencyKey() pay(): unknown {
        return { paid: (runs += 1) };
      }
    }
    return Watched;
  },
  'is a field over an inherited method': () => {
    class Base implements Paying {
      @Post() @IdempotencyKey() pay(): unknown {
        return { paid: (runs += 1) };
      }
    }
    @Controller()
    class Field extends Base {
      override pay = () => ({ paid: (runs += 1) });
    }
    return Field;
  },
};

describe.each(PLATFORMS)('on %s', (platform) => {
  const start = (controller: new () => object, options: IdempotencyOptions = {}) => {
    runs = 0;
    return run(platform, { profile: 'ietf', ...options }, { controllers: [controller] });
  };

  it.each(Object.keys(made))('a start is refused where a handler %s', async (how) => {
    await expect(start((made[how] as () => new () => Paying)())).rejects.toThrow(
      /\.pay cannot be protected, as its controller has a function of its own .* leave the method on the class/,
    );
  });

  it.each(['without its metadata', 'with its metadata'])(
    'a controller of a request whose handler is its own %s runs nothing twice',
    async (how) => {
      @Controller({ scope: Scope.REQUEST })
      class Bound implements Paying {
        constructor() {
          const { pay } = this;
          const own = (): unknown => pay.call(this);
          if (how === 'with its metadata')
            for (const key of Reflect.getMetadataKeys(pay) as unknown[])
              Reflect.defineMetadata(key, Reflect.getMetadata(key, pay), own);
          this.pay = own as typeof pay;
        }

        @Post() @IdempotencyKey() pay() {
          return { paid: (runs += 1) };
        }
      }
      const { port } = await start(Bound);
      const [first, again] = [await send(port, '/', { key: 'k' }), await send(port, '/', { key: 'k' })];
      if (how === 'without its metadata') expect([first.status, again.status, runs]).toEqual([500, 500, 0]);
      else expect([first.status, again.text.includes('answer-not-kept'), runs]).toEqual([201, true, 1]);
    },
  );

  it('a handler that is called by the application itself, with whatever arguments, is a method like all others', async () => {
    @Controller()
    class Direct {
      @Post('one') @IdempotencyKey() one(@Body() body: { n: number }, more: { bulk?: boolean } = {}, then?: () => string) {
        return { n: body.n, bulk: more.bulk ?? false, then: then?.() ?? 'nothing' };
      }

      @Post('many') @IdempotencyManual() many(@Body() body: { n: number }) {
        return this.one(body, { bulk: true }, () => 'called');
      }
    }
    const { port } = await start(Direct);
    const body = '{"n":1}';
    expect(JSON.parse((await send(port, '/many', { key: 'k', body })).text)).toEqual({ n: 1, bulk: true, then: 'called' });
    expect(JSON.parse((await send(port, '/one', { key: 'k', body })).text)).toEqual({ n: 1, bulk: false, then: 'nothing' });
  });

  it('an override that calls the handler of its parent with more than Nest does is served', async () => {
    class Parent {
      @Post() @IdempotencyKey() pay(@Body() _: unknown, who = 'nobody'): unknown {
        return { by: who, paid: (runs += 1) };
      }
    }
    @Controller()
    class Child extends Parent {
      @Post() @IdempotencyKey() override pay(@Body() body: unknown): unknown {
        return super.pay(body, 'child');
      }
    }
    const { port } = await start(Child);
    for (const _ of [1, 2]) expect((await send(port, '/', { key: 'k' })).text).toBe('{"by":"child","paid":1}');
  });

  it('what a hook puts on the controller is none of Nest’s, which has its routes by then', async () => {
    @Controller()
    class Hooked implements Paying, OnModuleInit {
      onModuleInit(): void {
        this.pay = () => 'by the hook';
      }

      @Post() @IdempotencyKey() pay(): unknown {
        return { paid: (runs += 1) };
      }
    }
    const { port } = await start(Hooked);
    for (const _ of [1, 2]) expect((await send(port, '/', { key: 'k' })).text).toBe('{"paid":1}');
  });

  it('a handler of all methods is protected where one of them takes part, whichever that is', async () => {
    @Controller()
    class Every {
      @All() every() {
        return { paid: (runs += 1) };
      }
    }
    const { port } = await start(Every, { mode: 'opt-out', methods: ['PUT'] });
    for (const _ of [1, 2]) expect((await send(port, '/', { method: 'PUT', key: 'k' })).text).toBe('{"paid":1}');
  });

  it.each([1, 2])('each of two controllers of one class is looked at: number %i is its own', async (nth) => {
    let made = 0;
    @Controller()
    class Twice implements Paying {
      constructor() {
        if ((made += 1) === nth) this.pay = this.pay.bind(this);
      }

      @Post() @IdempotencyKey() pay() {
        return { paid: (runs += 1) };
      }
    }
    @Module({ controllers: [Twice] })
    class Beside {}
    const twice = run(platform, { profile: 'ietf' }, { imports: [Beside], controllers: [Twice] });
    await expect(twice).rejects.toThrow(/Twice\.pay cannot be protected/);
  });

  it('a handler whose property is frozen is told of with its place and its cure', async () => {
    @Controller()
    class Frozen {
      @Post() @IdempotencyKey() pay() {
        return {};
      }
    }
    Object.freeze(Frozen.prototype);
    await expect(start(Frozen)).rejects.toThrow(/^Frozen\.pay cannot be protected, as its property is frozen/);
  });
});
