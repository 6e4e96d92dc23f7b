/** The shop. */
import { Module } from '@nestjs/common';
import { Drain } from './drain.js';
import { idempotency } from './idempotency.js';
import { Orders } from './orders/orders.js';
import { OrdersController } from './orders/orders.controller.js';
import { Bank } from './payments/bank.js';
import { PaymentsController } from './payments/payments.controller.js';
import { StockController } from './stock/stock.controller.js';
import { TransfersModule } from './transfers/transfers.module.js';

const hasDatabase = process.env['DATABASE_URL'] !== undefined;

@Module({
  imports: [idempotency(), ...(hasDatabase ? [TransfersModule] : [])],
  controllers: [OrdersController, PaymentsController, StockController],
  providers: [Drain, Orders, Bank],
})
export class ShopModule {}
