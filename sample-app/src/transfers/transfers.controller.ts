/** Transfers: the effect and the kept answer are one transaction, so that a retry finds both or neither. */
import { Body, Controller, Get, Post } from '@nestjs/common';
import { IdempotencyKey } from 'nestjs-idempotency';
import { Accounts, type Balances } from './accounts.js';
import { NewTransfer } from './new-transfer.js';

@Controller('transfers')
export class TransfersController {
  constructor(private readonly accounts: Accounts) {}

  @Post()
  // What the handler throws undoes the debit before it, and the retry runs again.
  @IdempotencyKey({ transactional: true })
  transfer(@Body() transfer: NewTransfer): Promise<NewTransfer> {
    return this.accounts.transfer(transfer);
  }

  @Get('balances')
  balances(): Promise<Balances> {
    return this.accounts.balances();
  }
}
