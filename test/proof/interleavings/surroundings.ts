/** What stands around the handlers of a play, as applications have it: timeouts, a retry, interceptors that render or break, a filter. */
import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  type ExecutionContext,
  HttpException,
  Module,
  type NestInterceptor,
  RequestTimeoutException,
  StreamableFile,
} from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, BaseExceptionFilter } from '@nestjs/core';
import { concatMap, from, map, Observable, race, retry, throwError } from 'rxjs';
import { SHOWN } from './execution-in.js';
import { visit } from './visit.js';

/** What a handler gives that is not the same after it was written as JSON. */
export class Instance {
  constructor(readonly value: string) {}
}

/** What somebody inside answers in the handler's place. */
const FALLBACK = { reason: 'fallback' };

/** Fails with 408 when `limit` settles before the end. */
function within(source: Observable<unknown>, limit: Promise<void>): Observable<unknown> {
  return new Observable((subscriber) => {
    const subscription = source.subscribe(subscriber);
    void limit.then(() => {
      subscriber.error(new RequestTimeoutException());
    });
    return subscription;
  });
}

class Retry implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const here = visit();
    if (!here.passage.retries) return next.handle();
    const isDeclined = (error: unknown) => error instanceof HttpException && error.getStatus() === 402;
    const delay = (error: unknown) => (isDeclined(error) ? throwError(() => error) : from(here.retrying()));
    return next.handle().pipe(retry({ count: 1, delay }));
  }
}

class OuterTimeout implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const here = visit();
    if (!here.passage.timesOut) return next.handle();
    return new Observable((subscriber) => within(next.handle(), here.limit('outside')).subscribe(subscriber));
  }
}

class Renderer implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const here = visit();
    const shown = next.handle().pipe(map(rendered));
    if (!here.passage.rendersSlowly) return shown;
    return shown.pipe(
      concatMap(async (value) => {
        await here.rendering();
        return value;
      }),
    );
  }
}

function rendered(value: unknown): unknown {
  if (value instanceof Instance) return `${SHOWN}${value.value}`;
  return typeof value === 'string' && !value.startsWith(SHOWN) ? `${SHOWN}${value}` : value;
}

/** Inside of the library's interceptor. */
export class InnerTimeout implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const here = visit();
    return here.passage.timesOutInside ? within(next.handle(), here.limit('inside')) : next.handle();
  }
}

/** The same, where Nest sends what it gives: nobody would send what is given in the place of a handler that answers by itself. */
export class InnerFallback extends InnerTimeout {
  override intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const here = visit();
    const { timesOutInside, fallsBack } = here.passage;
    if (!timesOutInside || !fallsBack) return super.intercept(context, next);
    return race(next.handle(), from(here.limit('inside')).pipe(map(() => FALLBACK)));
  }
}

/** Inside of the library's interceptor. */
export class Breaking implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!visit().passage.breaksInside) return next.handle();
    return next.handle().pipe(
      map((value) => {
        if (value instanceof StreamableFile) value.getStream().destroy();
        throw new Error('An interceptor inside broke.');
      }),
    );
  }
}

@Catch()
class Masking extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    const said: unknown = error instanceof HttpException ? error.getResponse() : undefined;
    const isRaw = typeof said === 'object' && said !== null && 'raw' in said;
    super.catch(isRaw ? new HttpException({ shown: said.raw }, (error as HttpException).getStatus()) : error, host);
  }
}

/** Imported first, so that its interceptors stand outside, the first of them outermost. */
@Module({
  providers: [
    { provide: APP_FILTER, useClass: Masking },
    { provide: APP_INTERCEPTOR, useClass: Retry },
    { provide: APP_INTERCEPTOR, useClass: OuterTimeout },
    { provide: APP_INTERCEPTOR, useClass: Renderer },
  ],
})
export class Surroundings {}
