import { Test } from '@nestjs/testing';
import { OrdersController } from './orders.controller';

describe('OrdersController', () => {
  it('is made and called without the module, as unit tests do', async () => {
    const app = await Test.createTestingModule({ controllers: [OrdersController] }).compile();
    expect(app.get(OrdersController).create({ article: 'beans' })).toEqual({ id: 1, article: 'beans' });
  });
});
