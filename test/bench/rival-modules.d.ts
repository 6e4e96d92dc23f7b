/** What the bench uses of the library it is compared with, which is installed apart, with its own Nest. */
declare module '@node-idempotency/nestjs' {
  import type { DynamicModule } from '@nestjs/common';
  export enum StorageAdapterEnum {
    memory = 'memory',
    redis = 'redis',
  }
  export const NodeIdempotencyModule: { forRootAsync(options: { storage: object }): DynamicModule };
  export function Idempotent(options: { enforceIdempotency: boolean }): ClassDecorator;
}
