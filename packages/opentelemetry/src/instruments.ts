/** The instruments that a dashboard needs, by the conventions of OpenTelemetry: seconds, dots, low cardinality. */
import type { Counter, Histogram, Meter } from '@opentelemetry/api';

export interface Instruments {
  readonly requests: Counter;
  readonly duration: Histogram;
  readonly opening: Histogram;
  readonly faults: Counter;
}

/** From half a millisecond, a replay from memory, to ten seconds, a long wait for a running request. */
const BOUNDARIES = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Makes the instruments of `meter`; made twice, they are the same. */
export function instrumentsOf(meter: Meter): Instruments {
  const seconds = { unit: 's', advice: { explicitBucketBoundaries: BOUNDARIES } };
  return {
    requests: meter.createCounter('idempotency.requests', {
      unit: '{request}',
      description: 'Requests that took part, by outcome and route.',
    }),
    duration: meter.createHistogram('idempotency.request.duration', {
      ...seconds,
      description: 'From the interceptor until the answer was let go, the handler included.',
    }),
    opening: meter.createHistogram('idempotency.open.duration', {
      ...seconds,
      description: 'Until the verdict: the store, and the waiting for a running request.',
    }),
    faults: meter.createCounter('idempotency.faults', {
      unit: '{fault}',
      description: 'Lapses, lost leases and failures of the store, by kind.',
    }),
  };
}
