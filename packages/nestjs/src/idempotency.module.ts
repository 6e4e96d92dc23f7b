/** The module: options in, one interceptor for the whole application out. */
import cluster from 'node:cluster';
import { Inject, Logger, Module, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { APP_INTERCEPTOR, DiscoveryModule, HttpAdapterHost, ModuleRef } from '@nestjs/core';
import {
  type IdempotencyBackend,
  type IdempotencyLock,
  type IdempotencyStorage,
  MemoryLock,
  MemoryStorage,
  systemClock,
  timed,
} from '@nestjs-idempotency/core';
import { BasicEncoder } from './request/encoders/basic-encoder.js';
import type { IdempotencyEncoder } from './request/encoders/encoder.js';
import { OperationEncoder } from './request/encoders/operation-encoder.js';
import { Engines, STORE_TIMEOUT_MS, timedUnlessMemory } from './backends/engines.js';
import { IdempotencyEvents } from './events.js';
import { IdempotencyInterceptor } from './turn/idempotency.interceptor.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './settings/module-definition.js';
import { checkOptions } from './settings/option-checks.js';
import type { IdempotencyOptions } from './settings/options.js';
import { PROFILES } from './settings/profiles.js';
import { provide } from './settings/provide.js';
import { IdempotencyPolicies } from './published/idempotency-policies.js';
import { Routes } from './turn/routes.js';
import { knowsCookies } from './settings/sessions.js';
import { COOKIES_WITHOUT_SCOPE, isOneOfSeveral, warningsOf } from './settings/start-warnings.js';
import {
  IDEMPOTENCY_BACKEND,
  IDEMPOTENCY_ENCODER,
  IDEMPOTENCY_LOCK,
  IDEMPOTENCY_OPTIONS,
  IDEMPOTENCY_STORAGE,
} from './tokens.js';

/**
 * `IdempotencyModule.forRoot(options)` or `.forRootAsync({ useFactory | useClass | useExisting, inject, imports })`.
 * Global unless `isGlobal: false`. Mistakes in options and decorators stop the start with an `IdempotencyConfigError`.
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: IDEMPOTENCY_OPTIONS, useFactory: checkOptions, inject: [MODULE_OPTIONS_TOKEN] },
    {
      provide: IDEMPOTENCY_STORAGE,
      useFactory: ({ storage }: IdempotencyOptions, modules: ModuleRef) =>
        provide<IdempotencyStorage>(modules, storage?.use ?? new MemoryStorage()),
      inject: [IDEMPOTENCY_OPTIONS, ModuleRef],
    },
    {
      provide: IDEMPOTENCY_LOCK,
      useFactory: ({ lock }: IdempotencyOptions, modules: ModuleRef) =>
        provide<IdempotencyLock>(modules, lock?.use ?? new MemoryLock()),
      inject: [IDEMPOTENCY_OPTIONS, ModuleRef],
    },
    {
      provide: IDEMPOTENCY_ENCODER,
      useFactory: ({ encoder, profile }: IdempotencyOptions, modules: ModuleRef) =>
        provide<IdempotencyEncoder>(modules, encoder ?? defaultEncoder(profile)),
      inject: [IDEMPOTENCY_OPTIONS, ModuleRef],
    },
    {
      provide: IDEMPOTENCY_BACKEND,
      useFactory: async (options: IdempotencyOptions, storage: IdempotencyStorage, lock: IdempotencyLock, modules: ModuleRef) =>
        options.backend
          ? timed(
              await provide<IdempotencyBackend>(modules, options.backend),
              options.storeTimeoutMs ?? STORE_TIMEOUT_MS,
              systemClock,
            )
          : timedUnlessMemory(storage, lock, options),
      inject: [IDEMPOTENCY_OPTIONS, IDEMPOTENCY_STORAGE, IDEMPOTENCY_LOCK, ModuleRef],
    },
    Engines,
    Routes,
    IdempotencyEvents,
    IdempotencyPolicies,
    IdempotencyInterceptor,
    // Of its own, so that one that an application binds as well is told from it.
    { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
  ],
  exports: [
    IDEMPOTENCY_OPTIONS,
    IDEMPOTENCY_STORAGE,
    IDEMPOTENCY_LOCK,
    IDEMPOTENCY_ENCODER,
    IDEMPOTENCY_BACKEND,
    IdempotencyEvents,
    IdempotencyPolicies,
    IdempotencyInterceptor,
    // Nest makes the interceptor anew for a controller that binds it itself, and then needs what it needs.
    Routes,
  ],
})
export class IdempotencyModule extends ConfigurableModuleClass implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    @Inject(IDEMPOTENCY_OPTIONS) private readonly options: IdempotencyOptions,
    @Inject(IDEMPOTENCY_STORAGE) private readonly storage: IdempotencyStorage,
    @Inject(IDEMPOTENCY_LOCK) private readonly lock: IdempotencyLock,
    @Inject(Routes) private readonly routes: Routes,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(IdempotencyEvents) events: IdempotencyEvents,
  ) {
    super();
    if (options.onEvent) events.subscribe(options.onEvent);
  }

  onModuleInit(): void {
    this.routes.checkAll();
    const logger = new Logger('Idempotency');
    const oneOfSeveral = isOneOfSeveral(cluster.isWorker, process.env);
    for (const warning of warningsOf(this.options, this.storage, this.lock, oneOfSeveral)) logger.warn(warning);
  }

  // Not before: the middleware that modules configure is there only after their initialisation.
  onApplicationBootstrap(): void {
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    // An application context without a server has no adapter.
    if (!this.options.scope && adapter && knowsCookies(adapter.getInstance<object>()))
      new Logger('Idempotency').warn(COOKIES_WITHOUT_SCOPE);
  }
}

function defaultEncoder(profile: IdempotencyOptions['profile']): IdempotencyEncoder {
  return PROFILES[profile ?? 'classic'].encoder === 'basic' ? new BasicEncoder() : new OperationEncoder();
}
