/** Metrics and span attributes of idempotent requests. */
export type { ObservedEvent, ObservedEvents } from './observed.js';
export { observeIdempotency, type TelemetryOptions } from './telemetry.js';
