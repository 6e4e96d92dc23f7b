/** From events to metrics and to the request's span. */
import { kinds } from '@nestjs-idempotency/core';
import { type Meter, metrics, trace } from '@opentelemetry/api';
import { instrumentsOf } from './instruments.js';
import type { ObservedEvent, ObservedEvents } from './observed.js';

export interface TelemetryOptions {
  /** Default: the global provider's, named after this package. */
  readonly meter?: Meter;
  /** Whether the active span is given attributes and events. Default true. */
  readonly spans?: boolean;
}

const KINDS: kinds.KindsOf<TelemetryOptions> = {
  meter: kinds.withMethods('createCounter', 'createHistogram'),
  spans: kinds.bool,
};

/**
 * Counts and times the requests of `events` (the application's `IdempotencyEvents`) and writes their outcome on the active span,
 * until the returned function is called. No key, body or credential is exported; a slot, which is a digest, is on spans alone.
 */
export function observeIdempotency(events: ObservedEvents, options: TelemetryOptions = {}): () => void {
  kinds.optionsOf('observeIdempotency', options, KINDS);
  if (!kinds.hasMethods(events, ['subscribe']))
    throw new TypeError(
      `observeIdempotency takes the IdempotencyEvents of the application, \`app.get(IdempotencyEvents)\`; it was given ${kinds.describe(events)}.`,
    );
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
    const { slot } = event.fault;
    const about = slot === undefined ? {} : { 'idempotency.slot': slot };
    span.addEvent(`idempotency.${event.fault.kind}`, { ...faultAttributes(event.fault), ...about });
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
  return { 'idempotency.fault': fault.kind, ...type, ...('callback' in fault && { 'idempotency.callback': fault.callback }) };
}
