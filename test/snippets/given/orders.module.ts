/** Orders that can be counted. */
import { Body, Controller, Inject, Injectable, Module, Post } from '@nestjs/common';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';

@Injectable()
export class OrdersService {
  readonly #items: string[] = [];

  place(item: string): { readonly number: number; readonly item: string } {
    return { number: this.#items.push(item), item };
  }

  count(): number {
    return this.#items.length;
  }
}

@Controller('orders')
export class OrdersController {
  constructor(@Inject(OrdersService) private readonly orders: OrdersService) {}

  @Post()
  @IdempotencyKey()
  create(@Body() { item }: { item: string }) {
    return this.orders.place(item);
  }
}

@Module({
  imports: [IdempotencyModule.forRoot({ profile: 'ietf' })],
  controllers: [OrdersController],
  providers: [OrdersService],
})
export class OrdersModule {}
