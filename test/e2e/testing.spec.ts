/** The helper for applications, on applications of Nest: it accepts protected routes and refuses bare ones, on both platforms. */
import { Body, Controller, Module, Post } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { expectIdempotent, type Expectations } from '@nestjs-idempotency/testing';
import { IdempotencyKey, IdempotencyModule, type IdempotencyOptions } from 'nestjs-idempotency';
import { PLATFORMS, serve } from './serve.js';

let orders = 0;

@Controller('orders')
class OrdersController {
  @Post()
  @IdempotencyKey()
  async create(@Body() order: { item: string }): Promise<object> {
    const id = ++orders;
    await new Promise((resolve) => setTimeout(resolve, 10));
    return { id, item: order.item };
  }

  @Post('bare')
  bare(): object {
    return { id: ++orders };
  }
}

const profiles: [IdempotencyOptions, Expectations][] = [
  [{ profile: 'classic' }, { replayStatus: 409 }],
  [{ profile: 'ietf' }, {}],
];

describe.each(PLATFORMS)('on %s', (platform) => {
  it.each(profiles)('%j', async (options, expectations) => {
    @Module({ imports: [IdempotencyModule.forRoot(options)], controllers: [OrdersController] })
    class AppModule {}
    const server = await serve(platform, AppModule);
    try {
      const origin = server.url;
      const expectation = expectIdempotent(origin, expectations);
      await expectation
        .post('/orders', { item: 'book' })
        .counting(() => orders)
        .holds();
      await expect(
        expectation
          .post('/orders/bare', {})
          .counting(() => orders)
          .oneAfterAnother(),
      ).rejects.toThrow(/another body|`replayStatus` is 409/);
    } finally {
      await server.close();
    }
  });
});
