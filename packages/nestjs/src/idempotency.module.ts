/**
 * The module: options in, one interceptor for the whole application out. Long because what it provides, what it exports and what it checks at
 * the start stand in one place.
 */
import cluster from 'node:cluster';
import type { EventEmitter } from 'node:events';
import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type NestInterceptor,
  type NestModule,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { APP_INTERCEPTOR, DiscoveryModule, DiscoveryService, HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core';
import type { IdempotencyBackend } from '@nestjs-idempotency/core';
import { IdempotencyConfigError } from './config-error.js';
import { forAllCopies, tellOf } from './copies.js';
import { Engines } from './backends/engines.js';
import { CHECKED_OPTIONS, PARTS, partsOf } from './backends/parts.js';
import { IdempotencyEvents } from './events.js';
import { IdempotencyPolicies, type PolicyDocument } from './published/idempotency-policies.js';
import { BasicEncoder } from './request/encoders/basic-encoder.js';
import type { IdempotencyEncoder } from './request/encoders/encoder.js';
import { OperationEncoder } from './request/encoders/operation-encoder.js';
import { Identities } from './request/identity.js';
import { MARK } from './request/state.js';
import { COOKIES_WITHOUT_SCOPE } from './request/scope.js';
import { checkMarks } from './start/discovered-marks.js';
import { type ASYNC_OPTIONS_TYPE, ConfigurableModuleClass, type OPTIONS_TYPE } from './settings/module-definition.js';
import { checkIsOnly } from './start/only-one.js';
import { checkOptions } from './settings/option-checks.js';
import type { IdempotencyOptions } from './settings/options.js';
import { checkPart, ENCODER_METHODS, EVENTS_METHODS, INTERCEPTOR_METHODS, POLICIES_METHODS } from './kinds/part-checks.js';
import { PROFILES } from './settings/profiles.js';
import { provide } from './settings/provide.js';
import { checkAsync, checkRoot, readRoot, withCheckedFactory } from './settings/root-checks.js';
import { knowsCookies } from './start/sessions.js';
import { startLine, storeName } from './start/start-line.js';
import { surroundingsOf, warningsOf } from './start/start-warnings.js';
import {
  IDEMPOTENCY_BACKEND,
  IDEMPOTENCY_ENCODER,
  IDEMPOTENCY_GIVEN_OPTIONS,
  IDEMPOTENCY_LOCK,
  IDEMPOTENCY_OPTIONS,
  IDEMPOTENCY_STORAGE,
} from './tokens.js';
import { IdempotencyInterceptor } from './turn/idempotency.interceptor.js';
import { Routes } from './turn/routes.js';
import { putFieldsEarly } from './wire/early-fields.js';
import { SHARED_LINE } from './wire/shared-line.js';

/** What is injected by its class, by applications or by an interceptor that Nest makes for a controller. */
const INJECTED = { IdempotencyEvents, IdempotencyPolicies, IdempotencyInterceptor, Routes, Identities };
tellOf(INJECTED);

/**
 * `IdempotencyModule.forRoot(options)` or `.forRootAsync({ useFactory | useClass | useExisting, inject, imports })`, once.
 * Global unless `isGlobal: false`. Mistakes in options, and marks that nothing serves, stop the start with an
 * `IdempotencyConfigError`. At the start it logs what is protected, in one line.
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    {
      provide: IDEMPOTENCY_OPTIONS,
      useFactory: (modules: ModulesContainer, options?: IdempotencyOptions) => {
        checkIsOnly(modules);
        return checkOptions(options);
      },
      inject: [ModulesContainer, { token: IDEMPOTENCY_GIVEN_OPTIONS, optional: true }],
    },
    ...PARTS,
    {
      provide: IDEMPOTENCY_ENCODER,
      useFactory: ({ encoder, profile }: IdempotencyOptions, modules: ModuleRef) =>
        provide<IdempotencyEncoder>(modules, encoder ?? defaultEncoder(profile)),
      inject: [CHECKED_OPTIONS, ModuleRef],
    },
    Engines,
    Routes,
    Identities,
    IdempotencyEvents,
    IdempotencyPolicies,
    IdempotencyInterceptor,
    {
      provide: APP_INTERCEPTOR,
      useFactory: bound,
      inject: [IdempotencyInterceptor, IDEMPOTENCY_OPTIONS, Identities, Routes, IdempotencyEvents],
    },
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
    Identities,
  ],
})
export class IdempotencyModule extends ConfigurableModuleClass implements NestModule, OnModuleInit, OnApplicationBootstrap {
  readonly #logger = new Logger('IdempotencyModule');

  constructor(
    @Inject(IDEMPOTENCY_OPTIONS) private readonly options: IdempotencyOptions,
    @Inject(IDEMPOTENCY_BACKEND) private readonly backend: IdempotencyBackend,
    @Inject(IDEMPOTENCY_ENCODER) encoder: IdempotencyEncoder,
    @Inject(Routes) private readonly routes: Routes,
    @Inject(Engines) private readonly engines: Engines,
    @Inject(IdempotencyPolicies) private readonly policies: IdempotencyPolicies,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
    @Inject(IdempotencyEvents) events: IdempotencyEvents,
  ) {
    super();
    checkPart('IdempotencyEvents', events, EVENTS_METHODS);
    checkPart('IdempotencyPolicies', policies, POLICIES_METHODS);
    checkPart('IDEMPOTENCY_ENCODER', encoder, ENCODER_METHODS);
    if (options.onEvent) events.subscribe(options.onEvent);
  }

  /** Everything has a default: `forRoot()` alone protects marked handlers, in this process's memory. */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    checkRoot(options);
    return forAllCopies(super.forRoot(readRoot(options)), INJECTED);
  }

  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    checkAsync(options);
    return forAllCopies(withCheckedFactory(super.forRootAsync(options), options), INJECTED);
  }

  /** Called when all controllers are made, and right before Nest makes routes of what they have; no hook runs in between. */
  configure(): void {
    this.routes.checkOwn();
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    if (adapter?.getType() === 'express') putFieldsEarly(adapter.getHttpServer() as EventEmitter | undefined, MARK, SHARED_LINE);
  }

  async onModuleInit(): Promise<void> {
    try {
      this.routes.checkAll();
      checkMarks(this.discovery, this.options);
      this.#tell();
    } catch (error) {
      // An application that does not start is not shut down either, and the engines have opened their stores by now.
      await this.engines.onApplicationShutdown();
      throw error;
    }
  }

  #tell(): void {
    const surroundings = surroundingsOf(cluster.isWorker, process.env);
    const parts = partsOf(this.backend);
    for (const warning of warningsOf(this.options, parts, surroundings)) this.#logger.warn(warning);
    const store = storeName(parts?.storage ?? this.backend);
    const line = startLine(this.options, store, this.#protected());
    // Nobody chose what it answers, and who did not read of it takes a replay for a failure.
    if (this.options.profile === undefined) this.#logger.warn(line);
    else this.#logger.log(line);
  }

  /** How many routes are protected, by the document that clients are shown: also by one that overrides it. */
  #protected(): number {
    const operations = (this.policies.document() as Partial<PolicyDocument> | undefined)?.operations;
    if (operations) return operations.length;
    throw new IdempotencyConfigError(
      "IdempotencyPolicies is overridden by what has no document: let its `document()` return `{ profile: 'ietf', scope: 'application', operations: [] }`.",
    );
  }

  // Not before: the middleware that modules configure is there only after their initialisation.
  onApplicationBootstrap(): void {
    const adapter = this.host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    // An application context without a server has no adapter.
    if (!this.options.scope && adapter && knowsCookies(adapter.getInstance<object>())) this.#logger.warn(COOKIES_WITHOUT_SCOPE);
  }
}

/** What stands around every handler: one of its own, so that one that an application binds as well is told from it, or what overrides it. */
function bound(injected: NestInterceptor, ...parts: ConstructorParameters<typeof IdempotencyInterceptor>): NestInterceptor {
  checkPart('IdempotencyInterceptor', injected, INTERCEPTOR_METHODS);
  return injected.constructor === IdempotencyInterceptor ? new IdempotencyInterceptor(...parts) : injected;
}

function defaultEncoder(profile: IdempotencyOptions['profile']): IdempotencyEncoder {
  return PROFILES[profile ?? 'classic'].encoder === 'basic' ? new BasicEncoder() : new OperationEncoder();
}
