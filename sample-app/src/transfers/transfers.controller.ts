/** Transfers: the effect and the kept answer are one transaction, so that a retry finds both or neither. */
import { Body, Controller, Get, HttpException, Post } from '@nestjs/common';
import { IdempotencyKey } from 'nestjs-idempotency';
import { Accounts, type Balances } from './accounts.js';
import { NewTransfer } from './new-transfer.js';

@Controller('transfers')
export class TransfersController {
  constructor(private readonly accounts: Accounts) {}

  @Post()
  // What the handler throws undoes its transaction; kept, it would be committed together with the debit before it.
  @IdempotencyKey({ transactional: true, releaseErrors: [HttpException] })
  transfer(@Body() transfer: NewTransfer): Promise<NewTransfer> {
    return this.accounts.transfer(transfer);
  }

  @Get('balances')
  balances(): Promise<Balances> {
    return this.accounts.balances();
  }
}
