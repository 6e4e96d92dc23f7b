/** The applications under test: a controller with a serializer outside, with the library and without. */
import { ClassSerializerInterceptor, type DynamicModule, type NestInterceptor, type Type } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { IdempotencyModule, type IdempotencyOptions } from 'nestjs-idempotency';

class Shop {}

/** Without `options` the application is one that knows nothing of idempotency; with them, every answer is kept. */
export function shop(
  controller: Type,
  options?: Partial<IdempotencyOptions>,
  outside: Type<NestInterceptor> = ClassSerializerInterceptor,
): DynamicModule {
  const all: IdempotencyOptions = {
    mode: 'opt-out',
    conflictStatus: null,
    keep: () => true,
    storage: { headers: ['x-app'] },
    ...options,
  };
  return {
    module: Shop,
    imports: options === undefined ? [] : [IdempotencyModule.forRoot(all)],
    controllers: [controller],
    providers: [{ provide: APP_INTERCEPTOR, useClass: outside }],
  };
}
