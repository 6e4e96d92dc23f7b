/** A shop whose handler tests can hold and count, and what they wait with. */
import { Controller, HttpException, Injectable, Post, Req, type Type, UseInterceptors } from '@nestjs/common';
import { IdempotencyInterceptor, IdempotencyKey, IdempotencyState } from 'nestjs-idempotency';
import { EMPTY, from, mergeMap, Observable, of, throwError } from 'rxjs';

/** Counts what the handlers do. While it is held, no handler ends. */
@Injectable()
export class Orders {
  runs = 0;
  /** What a handler throws in the end, wrapped so that it may be `undefined`. */
  thrown: { readonly error: unknown } | undefined;
  private gate: Promise<void> | undefined;
  private open = (): void => undefined;

  hold(): void {
    this.gate = new Promise((resolve) => (this.open = resolve));
  }

  /** Holds those that are held, and no others. */
  letPass(): void {
    this.gate = undefined;
  }

  release(): void {
    this.gate = undefined;
    this.open();
  }

  async place(): Promise<{ readonly order: number }> {
    const order = ++this.runs;
    await this.gate;
    if (this.thrown) throw this.thrown.error;
    return { order };
  }
}

@Controller()
export class OrdersController {
  constructor(private readonly orders: Orders) {}

  @Post('orders')
  @IdempotencyKey()
  create() {
    return this.orders.place();
  }

  @Post('until-lost')
  @IdempotencyKey()
  untilLost(@IdempotencyState() state: IdempotencyState) {
    return new Promise((resolve) => {
      state.signal.addEventListener('abort', () => {
        resolve({ lost: true });
      });
    });
  }

  @Post('observable')
  @IdempotencyKey()
  observable(): Observable<object> {
    return from(this.orders.place());
  }

  @Post('empty')
  @IdempotencyKey()
  empty(): Observable<never> {
    return from(this.orders.place()).pipe(mergeMap(() => EMPTY));
  }

  @Post('several')
  @IdempotencyKey()
  several(): Observable<object> {
    return from(this.orders.place()).pipe(mergeMap(({ order }) => of({ order, part: 1 }, { order, part: 2 })));
  }

  @Post('failing')
  @IdempotencyKey()
  failing(): Observable<object> {
    return from(this.orders.place()).pipe(mergeMap(({ order }) => throwError(() => new HttpException({ order }, 402))));
  }

  @Post('breaking')
  @IdempotencyKey()
  breaking(): Observable<object> {
    return from(this.orders.place()).pipe(
      mergeMap(
        ({ order }) => new Observable<object>((subscriber) => (subscriber.next({ order }), subscriber.error(new Error('broke')))),
      ),
    );
  }
}

/** Bound to the interceptor once more on the class and once more on the method, beside the module's own binding. */
@Controller('twice')
@UseInterceptors(IdempotencyInterceptor)
export class TwiceBoundController {
  constructor(private readonly orders: Orders) {}

  @Post()
  @UseInterceptors(IdempotencyInterceptor)
  @IdempotencyKey()
  create(@Req() _request: unknown) {
    return this.orders.place();
  }
}

/** The controllers of the shop. */
export const CONTROLLERS: readonly Type[] = [OrdersController, TwiceBoundController];

/** Comes back when `condition` holds; a test that waits in vain is ended by its runner. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
