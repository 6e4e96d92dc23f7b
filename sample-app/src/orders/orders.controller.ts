/** Orders: every POST needs a key and is answered once, except the quote, which changes nothing. */
import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { IdempotencyExempt, IdempotencyKey } from 'nestjs-idempotency';
import { priceOf } from '../catalog.js';
import { NewOrder } from './new-order.js';
import { type Order, Orders } from './orders.js';

@Controller('orders')
@IdempotencyKey()
export class OrdersController {
  constructor(private readonly orders: Orders) {}

  @Post()
  place(@Body() order: NewOrder): Promise<Order> {
    return this.orders.place(order);
  }

  @Post('quote')
  @HttpCode(200)
  @IdempotencyExempt()
  quote(@Body() { article, quantity }: NewOrder): { cents: number } {
    return { cents: priceOf(article, quantity) };
  }

  @Get()
  all(): readonly Order[] {
    return this.orders.all();
  }
}
