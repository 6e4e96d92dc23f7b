/** Payments: manual mode. The handler runs for a retry too, sees what was answered before, and decides what to answer now. */
import { Body, Controller, Get, Post } from '@nestjs/common';
import { IdempotencyManual, IdempotencyState } from 'nestjs-idempotency';
import { Bank, type Payment } from './bank.js';
import { NewPayment } from './new-payment.js';

@Controller('payments')
export class PaymentsController {
  constructor(private readonly bank: Bank) {}

  /** Charges once; a retry tells how the charge stands now, and that answer is kept in the place of the first. */
  @Post()
  @IdempotencyManual()
  pay(@Body() payment: NewPayment, @IdempotencyState() state: IdempotencyState): Payment {
    if (!state.answer) return this.bank.charge(payment);
    const earlier = JSON.parse(Buffer.from(state.answer.body).toString()) as Payment;
    return this.bank.look(earlier.id) ?? earlier;
  }

  @Get()
  all(): readonly Payment[] {
    return this.bank.charges();
  }
}
