/** The handler behind most routes of the fixture, and what its answers are made of. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { IdempotencyState } from 'nestjs-idempotency';

/** The request of either platform, as far as the fixture reads it. */
export interface FixtureRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly raw?: FixtureRequest;
  /** Written by a handler; the middleware around it then sets a cookie. */
  session?: string;
}

/** The response of either platform, as far as the fixture writes it. */
export interface FixtureResponse {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
  readonly raw?: { statusMessage: string };
  statusMessage?: string;
}

/** How often handlers ran, by the name in `X-Case`. */
@Injectable()
export class Counters {
  private readonly counts = new Map<string, number>();

  next(request: FixtureRequest): number {
    const name = request.headers['x-case'] ?? '';
    const n = this.of(name) + 1;
    this.counts.set(name, n);
    return n;
  }

  of(name: string): number {
    return this.counts.get(name) ?? 0;
  }
}

/** What the request's state says, by the names of the original. */
export function flagsOf(state: IdempotencyState): Readonly<Record<string, unknown>> {
  return {
    optional: state.optional,
    exempt: state.exempt,
    manual: state.manual,
    cache_name: state.cacheName ?? 'default',
    exists: state.exists,
    encoded_key: state.slot ?? null,
  };
}

/** Does what the control headers say up to the answer's body; returns how often the handler ran. */
export async function perform(
  counters: Counters,
  request: FixtureRequest,
  response: FixtureResponse,
  status = 201,
): Promise<number> {
  const { headers } = request;
  const n = counters.next(request);
  if (headers['x-sleep'] !== undefined) await sleep(Number(headers['x-sleep']) * 1_000);
  if (headers['x-raise'] !== undefined) throw new Error('The handler raised.');
  response.status(Number(headers['x-status'] ?? status));
  response.header('X-Exec', String(n));
  if (headers['x-setcookie'] !== undefined) response.header('Set-Cookie', `viewcookie=v${String(n)}; Path=/`);
  // `X-Header: Name: value` asks for a header of the handler's own.
  const [, name, value] = /^([^:]+): *(.*)$/.exec(headers['x-header'] ?? '') ?? [];
  if (name !== undefined && value !== undefined) response.header(name, value);
  if (headers['x-session'] !== undefined) (request.raw ?? request).session = `s${String(n)}`;
  if (headers['x-reason'] !== undefined) (response.raw ?? response).statusMessage = headers['x-reason'];
  return n;
}
