/** A transfer between two accounts, and the order that tells of it. */
import { setTimeout } from 'node:timers/promises';
import { Body, Controller, Inject, Post, Res, UseInterceptors } from '@nestjs/common';
import { IdempotencyKey, IdempotencyState } from 'nestjs-idempotency';
import { currentTransactionIfAny } from '@nestjs-idempotency/postgres';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { ImpatientInterceptor, PATIENCE_MS } from './impatient.interceptor.js';

/** What is used of Express's response. */
interface Response {
  status(code: number): this;
  json(body: unknown): this;
}

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
  create(@Body() asked: NewTransfer, @IdempotencyState() state: IdempotencyState) {
    return this.#transfer(asked, state);
  }

  /** Gives up on every other one, in the midst of it or after its writes. */
  @Post('impatient')
  @IdempotencyKey()
  @UseInterceptors(ImpatientInterceptor)
  async impatient(@Body() asked: NewTransfer, @IdempotencyState() state: IdempotencyState) {
    await setTimeout(Math.random() * 2 * PATIENCE_MS);
    const transfer = await this.#transfer(asked, state);
    await setTimeout(Math.random() * PATIENCE_MS);
    return transfer;
  }

  /** Answers before it returns, from a callback, or before it fails; as often each. */
  @Post('answered')
  @IdempotencyKey()
  async answered(@Body() asked: NewTransfer, @IdempotencyState() state: IdempotencyState, @Res() response: Response) {
    const transfer = await this.#transfer(asked, state);
    const way = Math.floor(Math.random() * 3);
    if (way === 0) {
      globalThis.setTimeout(() => response.status(201).json(transfer), 5);
      return;
    }
    response.status(201).json(transfer);
    await setTimeout(5);
    if (way === 1) throw new Error('It failed after it had answered.');
  }

  async #transfer({ from, to, amount }: NewTransfer, state: IdempotencyState) {
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
