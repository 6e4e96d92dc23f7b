/** The application that an interceptor's play visits: real Nest on Express, of which only the engine's clock and stores are the play's. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Module,
  type NestInterceptor,
  Post,
  RequestTimeoutException,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { Fault } from '@nestjs-idempotency/core';
import { IdempotencyKey, IdempotencyModule, type RequestOutcome } from 'nestjs-idempotency';
import { from, mergeMap, type Observable, race, throwError } from 'rxjs';
import { Engines, type Seat } from '../../../packages/nestjs/src/backends/engines.js';
import { LEASE_MS } from './plan.js';
import { HOLD_AT_MOST_MS, KEEP_MS, SLOT } from './play.js';

/** One request, as the application is to treat it. */
export interface Visit {
  handle(): Observable<string>;
  /** Settles when an interceptor outside has waited long enough. */
  readonly limit: Promise<void>;
  /** Called once, with how the library says that the request ended. */
  tell(outcome: RequestOutcome): void;
  fault(fault: Fault): void;
}

const visits = new AsyncLocalStorage<Visit>();

function visit(): Visit {
  const here = visits.getStore();
  if (!here) throw new Error('Nobody visits.');
  return here;
}

@Controller()
class DeliveriesController {
  @Post('reexecute')
  @IdempotencyKey()
  reexecute(): Observable<string> {
    return visit().handle();
  }

  @Post('unknown')
  @IdempotencyKey({ afterLapse: 'unknown' })
  unknown(): Observable<string> {
    return visit().handle();
  }
}

class Limit implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return race(next.handle(), from(visit().limit).pipe(mergeMap(() => throwError(() => new RequestTimeoutException()))));
  }
}

/** Imported first, so that its interceptor stands outside. */
@Module({ providers: [{ provide: APP_INTERCEPTOR, useClass: Limit }] })
class LimitModule {}

const PROTECTED = IdempotencyModule.forRoot({
  profile: 'ietf',
  leaseMs: LEASE_MS,
  keepMs: KEEP_MS,
  holdAtMostMs: HOLD_AT_MOST_MS,
  preferWaitAtMostMs: 1_000,
  encoder: { encode: ({ raw }) => ({ slot: SLOT, fingerprint: String(raw.headers['x-fingerprint']) }) },
  onEvent: (event) => {
    if (event.kind === 'request') visit().tell(event.outcome);
    else visit().fault(event.fault);
  },
});

/** A server that listens nowhere: connections are given to it. `visited` finds what a request is to meet, `seat` who gives it its turn. */
export async function serve(visited: (request: IncomingMessage) => Visit, seat: Seat): Promise<Server> {
  const engines: Pick<Engines, 'of' | 'has'> = { of: () => seat, has: () => false };
  const testing = Test.createTestingModule({ imports: [LimitModule, PROTECTED], controllers: [DeliveriesController] });
  const module = await testing.overrideProvider(Engines).useValue(engines).compile();
  const app = module.createNestApplication(new ExpressAdapter(), { bodyParser: false, logger: false });
  await app.init();
  const express = app.getHttpAdapter().getInstance() as (request: IncomingMessage, response: ServerResponse) => void;
  const server = app.getHttpServer() as Server;
  return server.removeAllListeners('request').on('request', (request, response) => {
    visits.run(visited(request), () => {
      express(request, response);
    });
  });
}
