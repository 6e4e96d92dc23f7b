/** The state of a request reaches its handler as it is, whatever pipes an application has. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Post, ValidationPipe, type ValidationPipeOptions } from '@nestjs/common';
import { IdempotencyKey, IdempotencyState } from 'nestjs-idempotency';
import { IsInt } from 'class-validator';
import { closeAll, run } from './running.js';
import { send } from './send.js';
import { PLATFORMS } from './serve.js';

class Order {
  @IsInt()
  item!: number;
}

/** SWC, which these tests are compiled with, writes down the types of the parameters by their names. */
@Controller('orders')
class Orders {
  @Post()
  @IdempotencyKey()
  create(@Body() order: Order, @IdempotencyState() state: IdempotencyState): object {
    return { item: order.item, key: state.key, derived: state.deriveKey('charge').length, aborted: state.signal.aborted };
  }

  @Post('any')
  @IdempotencyKey()
  any(@IdempotencyState() state: unknown, @IdempotencyState() again: IdempotencyState): object {
    return { same: state === again };
  }
}

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  it.each<[string, ValidationPipeOptions]>([
    ['validate custom decorators', { validateCustomDecorators: true }],
    ['transform too', { validateCustomDecorators: true, transform: true }],
    ['take away what they do not know', { validateCustomDecorators: true, whitelist: true, transform: true }],
    [
      'refuse what they do not know',
      { validateCustomDecorators: true, whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true, transform: true },
    ],
  ])('pipes leave it alone that %s', async (_, options) => {
    const { port } = await run(
      platform,
      {},
      {
        controllers: [Orders],
        prepare: (app) => {
          app.useGlobalPipes(new ValidationPipe(options));
        },
      },
    );
    const answer = { item: 1, key: 'a', derived: 43, aborted: false };
    expect(await send(port, '/orders', { key: 'a' })).toMatchObject({ status: 201, text: JSON.stringify(answer) });
    expect(await send(port, '/orders/any', { key: 'b' })).toMatchObject({ status: 201, text: '{"same":true}' });
    expect((await send(port, '/orders', { key: 'c', body: { item: 'x' } })).status).toBe(400);
  });
});
