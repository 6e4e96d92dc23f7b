/** The order book. */
import { Injectable } from '@nestjs/common';
import { priceOf } from '../catalog.js';
import { outside } from '../outside.js';
import type { NewOrder } from './new-order.js';

/** An order as the customer sees it. */
export interface Order extends NewOrder {
  readonly number: number;
  readonly cents: number;
}

@Injectable()
export class Orders {
  readonly #orders: Order[] = [];

  /** Places an order. Calling it twice orders twice: that a retry does not is the work of `@IdempotencyKey()`. */
  async place({ article, quantity }: NewOrder): Promise<Order> {
    const cents = priceOf(article, quantity);
    const order = { number: this.#orders.length + 1, article, quantity, cents };
    this.#orders.push(order);
    await outside();
    return order;
  }

  all(): readonly Order[] {
    return this.#orders;
  }
}
