/** What a dashboard and a trace show of a request. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { context, type Context, type ContextManager, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { ObservedEvent } from './observed.js';
import { observeIdempotency } from './telemetry.js';

const storage = new AsyncLocalStorage<Context>();
const manager: ContextManager = {
  active: () => storage.getStore() ?? ROOT_CONTEXT,
  with: (active, work, self, ...args) => storage.run(active, () => work.call(self as never, ...args)),
  bind: (_context, target) => target,
  enable: () => manager,
  disable: () => manager,
};

const spans = new InMemorySpanExporter();
const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).getTracer('test');

function source(): { emit(event: ObservedEvent): void; subscribe(listener: (event: ObservedEvent) => void): () => void } {
  const listeners = new Set<(event: ObservedEvent) => void>();
  return {
    emit: (event) => {
      for (const listener of listeners) listener(event);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

async function collected(work: (meter: ReturnType<MeterProvider['getMeter']>) => void): Promise<Record<string, unknown[]>> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  });
  work(provider.getMeter('test'));
  await provider.forceFlush();
  const found: Record<string, unknown[]> = {};
  for (const { metrics } of exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics))
    for (const { descriptor, dataPoints } of metrics)
      found[descriptor.name] = dataPoints.map(({ attributes, value }) => ({
        ...attributes,
        value: typeof value === 'number' ? value : { count: value.count, sum: (value as { sum?: number }).sum },
      }));
  await provider.shutdown();
  return found;
}

beforeAll(() => context.setGlobalContextManager(manager));
afterAll(() => {
  context.disable();
});
beforeEach(() => {
  spans.reset();
});

const replayed: ObservedEvent = {
  kind: 'request',
  outcome: 'replayed',
  route: 'Orders.create',
  slot: 's1',
  attempt: 1,
  totalMs: 20,
  openMs: 5,
};
const lapsed: ObservedEvent = { kind: 'fault', fault: { kind: 'lapsed', slot: 's1', attempt: 2 } };

it('counts and times requests by outcome and route, in seconds', async () => {
  const found = await collected((meter) => {
    const events = source();
    observeIdempotency(events, { meter });
    events.emit(replayed);
    events.emit({ ...replayed, totalMs: 30 });
    events.emit({ ...replayed, outcome: 'executed' });
  });
  const of = { 'idempotency.route': 'Orders.create', 'idempotency.outcome': 'replayed' };
  expect(found['idempotency.requests']).toEqual([
    { ...of, value: 2 },
    { ...of, 'idempotency.outcome': 'executed', value: 1 },
  ]);
  expect(found['idempotency.request.duration']).toContainEqual({ ...of, value: { count: 2, sum: 0.05 } });
  expect(found['idempotency.open.duration']).toContainEqual({ ...of, value: { count: 2, sum: 0.01 } });
});

it('counts faults by kind and class of error, and never exports a message', async () => {
  const found = await collected((meter) => {
    const events = source();
    observeIdempotency(events, { meter });
    events.emit(lapsed);
    events.emit({ kind: 'fault', fault: { kind: 'save-failed', slot: 's1', cause: new TypeError('secret') } });
  });
  expect(found['idempotency.faults']).toEqual([
    { 'idempotency.fault': 'lapsed', value: 1 },
    { 'idempotency.fault': 'save-failed', 'error.type': 'TypeError', value: 1 },
  ]);
  expect(JSON.stringify(found)).not.toContain('secret');
});

it('keeps slots, of which there are as many as requests, out of the metrics', async () => {
  const found = await collected((meter) => {
    const events = source();
    observeIdempotency(events, { meter });
    events.emit({ ...replayed, slot: 'slot-of-one' });
    events.emit({ kind: 'fault', fault: { kind: 'lapsed', slot: 'slot-of-one', attempt: 2 } });
  });
  expect(Object.keys(found).length).toBe(4);
  expect(JSON.stringify(found)).not.toContain('slot-of-one');
});

it('writes the outcome on the active span, and faults as its events', () => {
  const events = source();
  observeIdempotency(events);
  tracer.startActiveSpan('POST /orders', (span) => {
    events.emit(lapsed);
    events.emit({ ...replayed, attempt: 2 });
    span.end();
  });
  const [span] = spans.getFinishedSpans();
  expect(span?.attributes).toEqual({ 'idempotency.outcome': 'replayed', 'idempotency.slot': 's1', 'idempotency.attempt': 2 });
  expect(span?.events.map(({ name, attributes }) => ({ name, attributes }))).toEqual([
    { name: 'idempotency.lapsed', attributes: { 'idempotency.fault': 'lapsed', 'idempotency.slot': 's1' } },
  ]);
});

it('leaves spans alone where it is told to, and everything once it is stopped', () => {
  const events = source();
  const stop = observeIdempotency(events);
  stop();
  observeIdempotency(events, { spans: false });
  tracer.startActiveSpan('POST /orders', (span) => {
    expect(trace.getActiveSpan()).toBe(span);
    events.emit(replayed);
    span.end();
  });
  expect(spans.getFinishedSpans()[0]?.attributes).toEqual({});
});

it.each<[string, () => unknown, string]>([
  ['a misspelt option', () => observeIdempotency(source(), { span: false } as object), 'did you mean `spans`?'],
  ['a meter that is none', () => observeIdempotency(source(), { meter: 'shop' as never }), '`meter` must be an object with'],
  ['a switch that is none', () => observeIdempotency(source(), { spans: 'no' as never }), '`spans` must be true or false'],
  ['no events', () => observeIdempotency(undefined as never), '`app.get(IdempotencyEvents)`; it was given undefined.'],
])('refuses %s', (_, observe, words) => {
  expect(observe).toThrow(words);
});
