// src/orders.controller.spec.ts
import { Body, Controller, Injectable, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { IdempotencyKey, IdempotencyState } from 'nestjs-idempotency';

@Injectable()
class OrdersService {
  place(article: string, reference: string) {
    return { article, reference };
  }
}

@Controller('orders')
class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @Post()
  @IdempotencyKey()
  create(@Body() order: { article: string }, @IdempotencyState() state: IdempotencyState) {
    return this.orders.place(order.article, state.deriveKey('payment'));
  }
}

describe('OrdersController', () => {
  it('places what was ordered', async () => {
    const module = await Test.createTestingModule({ controllers: [OrdersController], providers: [OrdersService] }).compile();
    const state = { deriveKey: (label: string) => `key of the ${label}` } as IdempotencyState;
    const placed = module.get(OrdersController).create({ article: 'beans' }, state);
    expect(placed).toEqual({ article: 'beans', reference: 'key of the payment' });
  });
});
