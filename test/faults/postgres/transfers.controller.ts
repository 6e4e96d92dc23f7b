/** A transfer between two accounts, with crash points after each of its writes. */
import { Body, Controller, Inject, Post } from '@nestjs/common';
import { IdempotencyKey, IdempotencyState } from 'nestjs-idempotency';
import { currentTransactionIfAny } from '@nestjs-idempotency/postgres';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { crashAt } from './crash.js';

export const POOL = Symbol('pool');

export interface NewTransfer {
  readonly from: number;
  readonly to: number;
  readonly amount: number;
}

@Controller('transfers')
export class TransfersController {
  constructor(@Inject(POOL) private readonly pool: pg.Pool) {}

  /** In a transactional application all writes are in the request's transaction; in a plain one each commits by itself. */
  @Post()
  @IdempotencyKey()
  async create(@Body() { from, to, amount }: NewTransfer, @IdempotencyState() state: IdempotencyState) {
    crashAt('handler');
    const sql = currentTransactionIfAny<pg.PoolClient>() ?? this.pool;
    const id = randomUUID();
    // Not in the order of the accounts: deadlocks are wanted here, they must end as retries.
    if (sql !== this.pool) {
      await sql.query('UPDATE accounts SET balance = balance - $2 WHERE id = $1', [from, amount]);
      crashAt('first-effect');
      await sql.query('UPDATE accounts SET balance = balance + $2 WHERE id = $1', [to, amount]);
    }
    await sql.query('INSERT INTO orders (id, key, slot, source, target, amount) VALUES ($1, $2, $3, $4, $5, $6)', [
      ...[id, state.key, state.slot],
      ...[from, to, amount],
    ]);
    crashAt('second-effect');
    const { rows } = await sql.query<{ balance: string }>('SELECT balance FROM accounts WHERE id = $1', [from]);
    crashAt('handled');
    return { id, from, to, amount, balance: rows[0]?.balance };
  }
}
