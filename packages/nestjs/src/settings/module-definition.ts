/** How the module takes its options; apart from the module, so that tokens can be had without it. */
import { ConfigurableModuleBuilder } from '@nestjs/common';
import { IDEMPOTENCY_GIVEN_OPTIONS } from '../tokens.js';
import type { IdempotencyOptions } from './options.js';

/** What a class given as `useClass` or `useExisting` implements. */
export interface IdempotencyOptionsFactory {
  createIdempotencyOptions(): IdempotencyOptions | Promise<IdempotencyOptions>;
}

export const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } = new ConfigurableModuleBuilder<IdempotencyOptions>({
  optionsInjectionToken: IDEMPOTENCY_GIVEN_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createIdempotencyOptions')
  .setExtras({ isGlobal: true }, (definition, { isGlobal }) => ({ ...definition, global: isGlobal }))
  .build();
