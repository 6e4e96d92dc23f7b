/** From events to metrics and to the request's span. */
import { type Meter, metrics, trace } from '@opentelemetry/api';
import { instrumentsOf } from './instruments.js';
import type { ObservedEvent, ObservedEvents } from './observed.js';

export interface TelemetryOptions {
  /** Default: the global provider's, named after this package. */
  readonly meter?: Meter;
  /** Whether the active span is given attributes and events. Default true. */
  readonly spans?: boolean;
}

/**
 * Counts and times the requests of `events` (the application's `IdempotencyEvents`) and writes their outcome on the active span,
 * until the returned function is called. No key, body or credential is exported; a slot, which is a digest, is on spans alone.
 */
export function observeIdempotency(events: ObservedEvents, options: TelemetryOptions = {}): () => void {
  const { requests, duration, opening, faults } = instrumentsOf(
    options.meter ?? metrics.getMeter('@nestjs-idempotency/opentelemetry'),
  );
  const withSpans = options.spans ?? true;

  return events.subscribe((event) => {
    if (withSpans) annotate(event);
    if (event.kind === 'fault') {
      faults.add(1, faultAttributes(event.fault));
      return;
    }
    const attributes = { 'idempotency.outcome': event.outcome, 'idempotency.route': event.route };
    requests.add(1, attributes);
    duration.record(event.totalMs / 1000, attributes);
    opening.record(event.openMs / 1000, attributes);
  });
}

type Fault = Extract<ObservedEvent, { kind: 'fault' }>['fault'];

function annotate(event: ObservedEvent): void {
  const span = trace.getActiveSpan();
  if (!span) return;
  if (event.kind === 'fault') {
    span.addEvent(`idempotency.${event.fault.kind}`, {
      ...faultAttributes(event.fault),
      ...(event.fault.slot !== undefined && { 'idempotency.slot': event.fault.slot }),
    });
    return;
  }
  span.setAttribute('idempotency.outcome', event.outcome);
  if (event.slot !== undefined) span.setAttribute('idempotency.slot', event.slot);
  if (event.attempt !== undefined) span.setAttribute('idempotency.attempt', event.attempt);
}

/** The class of what went wrong, never its message: a driver's message may quote what it was given. */
function faultAttributes(fault: Fault): Record<string, string> {
  const cause = 'cause' in fault ? fault.cause : undefined;
  const type = cause instanceof Error ? { 'error.type': cause.name } : {};
  return { 'idempotency.fault': fault.kind, ...type };
}
