/** Which requests are the same: the encoders, and what a body is made of. */
export { BasicEncoder } from './basic-encoder.js';
export type { BodyIdentity, BodyRules } from './body-rules.js';
export type { IdempotencyEncoder, Identity, KeyedRequest, RoutedOperation } from './encoder.js';
export { OperationEncoder } from './operation-encoder.js';
export { BodyRefusedError } from './refusal.js';
