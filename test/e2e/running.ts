/** Applications with the module that tell what they logged and what happened, and are closed together. */
import { type INestApplication, type LoggerService, Module, type Provider, type Type } from '@nestjs/common';
import { type IdempotencyEvent, IdempotencyModule, type IdempotencyOptions } from 'nestjs-idempotency';
import { type Platform, serve } from './serve.js';

/** A running application. */
export interface Running {
  readonly app: INestApplication;
  readonly port: number;
  /** What was logged as a warning or worse, without the line that tells which profile is the default. */
  readonly logged: string[];
  readonly events: IdempotencyEvent[];
}

/** What an application is made of besides the module. */
export interface Shop {
  readonly controllers: readonly Type[];
  /** Modules beside it. */
  readonly imports?: readonly Type[];
  readonly providers?: readonly Provider[];
  /** Called before the application is initialised. */
  prepare?(app: INestApplication): void;
}

const running = new Set<INestApplication>();

/** Starts an application with the module under `options`. */
export function run(platform: Platform, options: IdempotencyOptions, shop: Shop): Promise<Running> {
  const events: IdempotencyEvent[] = [];
  const module = IdempotencyModule.forRoot({ onEvent: (event) => events.push(event), ...options });
  return runModule(platform, module, shop, events);
}

/** The same with the module as it is given. */
export async function runModule(
  platform: Platform,
  module: object,
  shop: Shop,
  events: IdempotencyEvent[] = [],
): Promise<Running> {
  @Module({
    imports: [module as Type, ...(shop.imports ?? [])],
    controllers: [...shop.controllers],
    providers: [...(shop.providers ?? [])],
  })
  class ShopModule {}

  const logged: string[] = [];
  const note = (...words: unknown[]): void => {
    const line = words.map(String).join(' ');
    // Most applications here choose no profile, and this is all that they are told of it.
    if (!line.startsWith('Idempotency: profile classic by default')) logged.push(line);
  };
  const logger: LoggerService = { log: () => undefined, warn: note, error: note, fatal: note };
  const { app, url } = await serve(platform, ShopModule, (made) => shop.prepare?.(made), { logger });
  running.add(app);
  return { app, port: Number(new URL(url).port), logged, events };
}

/** Ends every application that was started and not yet closed. */
export async function closeAll(): Promise<void> {
  const apps = [...running];
  running.clear();
  await Promise.all(apps.map((app) => app.close()));
}
