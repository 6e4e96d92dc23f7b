/** A transfer between two accounts, and the order that tells of it. */
import { Body, Controller, Inject, Post } from '@nestjs/common';
import { IdempotencyKey, IdempotencyState } from 'nestjs-idempotency';
import { currentTransactionIfAny } from '@nestjs-idempotency/postgres';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';

export const POOL = Symbol('pool');

export interface NewTransfer {
  readonly from: number;
  readonly to: number;
  readonly amount: number;
}

/** Broken on purpose: the effect is committed first, by itself, and the record in a second transaction. */
const isOutside = process.env['BROKEN'] === 'effect-first';

@Controller('transfers')
export class TransfersController {
  constructor(@Inject(POOL) private readonly pool: pg.Pool) {}

  /** In a transactional application all writes are in the request's transaction; in a plain one each commits by itself. */
  @Post()
  @IdempotencyKey()
  async create(@Body() { from, to, amount }: NewTransfer, @IdempotencyState() state: IdempotencyState) {
    const transaction = currentTransactionIfAny<pg.PoolClient>();
    const sql = isOutside || !transaction ? this.pool : transaction;
    const id = randomUUID();
    // Not in the order of the accounts: deadlocks are wanted here, they must end as retries.
    if (sql === transaction) {
      await sql.query('UPDATE accounts SET balance = balance - $2 WHERE id = $1', [from, amount]);
      await sql.query('UPDATE accounts SET balance = balance + $2 WHERE id = $1', [to, amount]);
    }
    await sql.query('INSERT INTO orders (id, key, slot, source, target, amount) VALUES ($1, $2, $3, $4, $5, $6)', [
      ...[id, state.key, state.slot],
      ...[from, to, amount],
    ]);
    const { rows } = await sql.query<{ balance: string }>('SELECT balance FROM accounts WHERE id = $1', [from]);
    return { id, from, to, amount, balance: rows[0]?.balance };
  }
}
