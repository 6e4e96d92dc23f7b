/** Two accounts in the shop's database, and money that moves between them. */
import { currentTransaction } from '@nestjs-idempotency/postgres';
import { Injectable, UnprocessableEntityException } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';
import { outside } from '../outside.js';
import type { NewTransfer } from './new-transfer.js';

/** What each account holds, in cents. */
export type Balances = Readonly<Record<string, number>>;

const DEBIT = 'UPDATE accounts SET cents = cents - $2 WHERE name = $1 AND cents >= $2';
const CREDIT = 'UPDATE accounts SET cents = cents + $2 WHERE name = $1';

@Injectable()
export class Accounts {
  constructor(private readonly pool: Pool) {}

  /** Moves money inside the request's transaction: a process that dies between debit and credit has moved nothing. */
  async transfer({ from, to, cents }: NewTransfer): Promise<NewTransfer> {
    const transaction = currentTransaction<PoolClient>();
    const debited = await transaction.query(DEBIT, [from, cents]);
    if (debited.rowCount !== 1) throw new UnprocessableEntityException(`${from} is no account with ${cents} cents.`);
    await outside();
    const credited = await transaction.query(CREDIT, [to, cents]);
    if (credited.rowCount !== 1) throw new UnprocessableEntityException(`${to} is no account.`);
    return { from, to, cents };
  }

  async balances(): Promise<Balances> {
    const { rows } = await this.pool.query<{ name: string; cents: string }>('SELECT name, cents FROM accounts ORDER BY name');
    return Object.fromEntries(rows.map(({ name, cents }) => [name, Number(cents)]));
  }
}
