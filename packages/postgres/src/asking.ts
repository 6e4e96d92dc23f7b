/** Statements of our own, outside of a transaction: in bounded time, and again where a concurrent request was faster. */
import { IdempotencyUnavailableError } from '@nestjs-idempotency/core';
import { isConflict } from './conflict.js';
import { ours } from './postgres-error.js';
import { outsideTransaction } from './shared-transaction.js';
import type { SqlClient } from './sql-client.js';

/** How long to ask. */
export interface AskingOptions {
  /** The longest time for one question to the database, waiting for a connection included. Default 5,000. */
  readonly timeoutMs?: number;
}

/** Asks until there is an answer; `undefined` and a conflict mean that another request was faster, so that asking again is progress. */
export class Asking {
  readonly #timeoutMs: number;
  readonly #sql: SqlClient;

  constructor(sql: SqlClient, { timeoutMs = 5_000 }: AskingOptions = {}) {
    this.#sql = ours(sql);
    this.#timeoutMs = timeoutMs;
  }

  /** Rejects with an `IdempotencyUnavailableError` after the time; the statement may have been done none the less. */
  async ask<T>(question: (sql: SqlClient) => Promise<T | undefined>): Promise<T> {
    const until = performance.now() + this.#timeoutMs;
    for (;;) {
      const answer = await this.#once(question, until - performance.now());
      if (answer !== undefined) return answer;
      if (performance.now() >= until)
        throw new IdempotencyUnavailableError(`Postgres: the slot kept changing for ${this.#timeoutMs} ms.`);
    }
  }

  /** The answer, or an `IdempotencyUnavailableError` after the time. For statements in a transaction, which are asked once. */
  within<T>(answer: Promise<T>): Promise<T> {
    return this.#within(answer, this.#timeoutMs);
  }

  async #once<T>(question: (sql: SqlClient) => Promise<T | undefined>, leftMs: number): Promise<T | undefined> {
    try {
      return await this.#within(
        outsideTransaction(() => question(this.#sql)),
        leftMs,
      );
    } catch (error) {
      if (isConflict(error)) return undefined;
      throw error;
    }
  }

  async #within<T>(answer: Promise<T>, leftMs: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const message = `Postgres did not answer within ${this.#timeoutMs} ms: it is down or slow, or the pool has no connection to spare.`;
      timer = setTimeout(() => {
        reject(new IdempotencyUnavailableError(message));
      }, leftMs);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
