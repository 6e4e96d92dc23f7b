/** A supplier's webhook: some suppliers send a key and are protected, others do not and still get through. */
import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { IdempotencyKey } from 'nestjs-idempotency';
import { Delivery } from './delivery.js';

@Controller('stock')
export class StockController {
  readonly #pieces = new Map<string, number>();

  @Post('deliveries')
  @HttpCode(200)
  @IdempotencyKey({ optional: true })
  receive(@Body() { article, quantity }: Delivery): Record<string, number> {
    this.#pieces.set(article, (this.#pieces.get(article) ?? 0) + quantity);
    return this.all();
  }

  @Get()
  all(): Record<string, number> {
    return Object.fromEntries(this.#pieces);
  }
}
