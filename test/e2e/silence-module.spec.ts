/** A module that is missing, stands twice or is given nothing says so, and at its start it says what it protects. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, type LoggerService, Module, Post, type Type } from '@nestjs/common';
import { ExternalContextCreator, NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  IDEMPOTENCY_STORAGE,
  IdempotencyConfigError,
  IdempotencyExempt,
  IdempotencyInterceptor,
  IdempotencyKey,
  IdempotencyModule,
  type IdempotencyOptions,
  IdempotencyState,
} from 'nestjs-idempotency';
import { send } from './send.js';
import { PLATFORMS, serve, type Server } from './serve.js';

@Controller('orders')
class Orders {
  @Post()
  @IdempotencyKey()
  create(): object {
    return { ordered: true };
  }

  @Post('more')
  @IdempotencyKey({ optional: true })
  more(): object {
    return {};
  }

  @Get()
  list(): object {
    return {};
  }

  @Post('exempt')
  @IdempotencyExempt()
  exempt(): object {
    return {};
  }
}

@Controller('asking')
class Asking {
  @Post()
  create(@IdempotencyState() state: IdempotencyState): object {
    return { exempt: state.exempt };
  }
}

@Controller('class')
@IdempotencyKey()
class MarkedClass {
  @Post()
  create(): object {
    return {};
  }
}

@Injectable()
class Service {
  @IdempotencyKey()
  pay(): void {}
}

const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

describe.each(PLATFORMS)('on %s', (platform) => {
  const start = async (module: Type): Promise<{ port: number; lines: string[] }> => {
    const lines: string[] = [];
    const silent = (): void => undefined;
    const as =
      (level: string) =>
      (message: string): void =>
        void (message.startsWith('Idempotency:') && lines.push(`${level} ${message}`));
    const logger: LoggerService = { log: as('log'), warn: as('warn'), error: silent };
    const server = await serve(platform, module, undefined, { logger });
    servers.push(server);
    return { port: Number(new URL(server.url).port), lines };
  };
  const refusal = async (module: Type): Promise<string> => {
    const error: unknown = await start(module).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(IdempotencyConfigError);
    return (error as Error).message;
  };
  const lineOf = async (options?: IdempotencyOptions): Promise<string[]> => {
    @Module({ imports: [IdempotencyModule.forRoot(options)], controllers: [Orders] })
    class AppModule {}
    return (await start(AppModule)).lines;
  };

  it.each<[string, Type, string]>([
    ['a marked method', Orders, 'Orders.create'],
    ['a marked controller', MarkedClass, 'MarkedClass'],
    ['a handler that asks for the state', Asking, 'Asking.create'],
  ])('refuses to start without the module: %s', async (_, controller, place) => {
    @Module({ controllers: [controller] })
    class AppModule {}
    const told = await refusal(AppModule);
    expect(told).toContain(`${place} is marked to be idempotent, but IdempotencyModule is not imported`);
    expect(told).toContain('IdempotencyModule.forRoot()');
  });

  it('refuses to start without the module: a marked method of a provider', async () => {
    @Module({ providers: [Service] })
    class AppModule {}
    expect(await refusal(AppModule)).toContain('Service.pay');
  });

  it('finds a module that is not global, whoever imports it', async () => {
    @Module({ imports: [IdempotencyModule.forRoot({ isGlobal: false })] })
    class Shared {}
    @Module({ imports: [Shared], controllers: [Orders] })
    class AppModule {}
    const { port } = await start(AppModule);
    expect((await send(port, '/orders')).status).toBe(400);
  });

  it('says nothing of exemptions without the module', async () => {
    @Controller('exempt')
    @IdempotencyExempt()
    class Exempt {
      @Post()
      create(): object {
        return {};
      }
    }
    @Module({ controllers: [Exempt] })
    class AppModule {}
    expect((await send((await start(AppModule)).port, '/exempt')).status).toBe(201);
  });

  it('refuses a second module, and names who imports them', async () => {
    @Module({ imports: [IdempotencyModule.forRoot({ scope: () => 'ann' })] })
    class PaymentsModule {}
    @Module({ imports: [IdempotencyModule.forRootAsync({ useFactory: () => ({}) }), PaymentsModule], controllers: [Orders] })
    class AppModule {}
    const told = await refusal(AppModule);
    expect(told).toContain('set up 2 times');
    expect(told).toContain('PaymentsModule');
    expect(told).toContain('Call `forRoot` once');
  });

  it('takes one module that is imported twice', async () => {
    const idempotency = IdempotencyModule.forRoot({ scope: () => 'anyone' });
    @Module({ imports: [idempotency], controllers: [Orders] })
    class PaymentsModule {}
    @Module({ imports: [idempotency, PaymentsModule] })
    class AppModule {}
    const { port } = await start(AppModule);
    expect((await send(port, '/orders', { key: 'a' })).status).toBe(201);
  });

  it.each<[string, object]>([
    ['the bare class', IdempotencyModule],
    ['a factory that returns nothing', IdempotencyModule.forRootAsync({ useFactory: () => undefined as never })],
    ['options that are a list', IdempotencyModule.forRootAsync({ useFactory: () => [] as never })],
  ])('says what to import instead of %s', async (_, imported) => {
    @Module({ imports: [imported as Type], controllers: [Orders] })
    class AppModule {}
    expect(await refusal(AppModule)).toContain('import `IdempotencyModule.forRoot()`');
  });

  it.each<[string, IdempotencyOptions | undefined, string]>([
    [
      'without options',
      undefined,
      "warn Idempotency: profile classic by default (a replay answers 409; new APIs: 'ietf'), memory, 2 routes",
    ],
    [
      'with another status',
      { conflictStatus: null },
      "warn Idempotency: profile classic by default (a replay answers with the first status; new APIs: 'ietf'), memory, 2 routes",
    ],
    ['with that profile', { profile: 'classic' }, 'log Idempotency: profile classic, memory, 2 routes'],
    [
      'with a profile and a mode',
      { profile: 'ietf', mode: 'opt-out' },
      'log Idempotency: profile ietf, memory, 2 routes, opt-out',
    ],
  ])('says once at the start what it protects, and warns of a profile that nobody chose: %s', async (_, options, line) => {
    expect(await lineOf(options)).toEqual([line]);
  });

  it('passes by whatever else calls handlers through Nest', async () => {
    @Injectable()
    class Commands {
      run(...args: unknown[]): unknown {
        return args;
      }
    }
    @Module({ imports: [IdempotencyModule.forRoot({ mode: 'opt-out' })], providers: [Commands] })
    class AppModule {}
    const server = await serve(platform, AppModule, (app) => {
      app.useGlobalInterceptors(app.get(IdempotencyInterceptor));
    });
    servers.push(server);
    const commands = server.app.get(Commands);

    const call = server.app.get(ExternalContextCreator).create(commands, commands.run, 'run') as (...args: unknown[]) => unknown;
    for (const args of [[], ['pay'], [{ id: 1 }, { raw: {} }], ['a', 'b', 'c'], [null, null]])
      expect(await call(...args)).toEqual(args);
  });
});

it('leaves unit tests alone, which make a controller without the module', async () => {
  const module = await Test.createTestingModule({ controllers: [Orders, Asking, MarkedClass], providers: [Service] }).compile();
  expect(module.get(Orders).create()).toEqual({ ordered: true });
});

it('lets a testing module import the module without options', async () => {
  const module = await Test.createTestingModule({ imports: [IdempotencyModule.forRoot()], controllers: [Orders] }).compile();
  await module.init();
  expect(module.get(IDEMPOTENCY_STORAGE, { strict: false })).toBeDefined();
  await module.close();
});

it('starts an application context without a server', async () => {
  @Module({ imports: [IdempotencyModule.forRoot()], controllers: [Orders] })
  class AppModule {}
  const context = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  await context.close();
});
