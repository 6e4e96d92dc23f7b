/** The pool of a Knex, which is not that of `pg`: it lends a connection that was ended until its socket says so. */
import { shared } from '@nestjs-idempotency/core';
import type { Knex } from 'knex';
import { sessionOn } from './session.js';

/** What of the client of a Knex is used; its own type hides how a connection is asked whether it may be lent. */
interface Client {
  releaseConnection: (connection: object) => Promise<void>;
  validateConnection: (connection: object) => boolean | Promise<boolean>;
}

const guarded = shared('postgres:guarded-knex', () => new WeakSet<object>());
const dropped = shared('postgres:dropped', () => new WeakSet<object>());

/** From now on the pool of `knex`, which is not a transaction, lends no connection that was given back broken or in a transaction. */
export function guardKnex(knex: Knex): void {
  const client = knex.client as Client;
  if (guarded.has(client)) return;
  guarded.add(client);
  const { releaseConnection, validateConnection } = client;
  client.releaseConnection = (connection) => {
    // Before the pool has it, which lends it at once to who waits.
    if (sessionOn(connection)?.giveBack() === false) dropped.add(connection);
    return releaseConnection.call(client, connection);
  };
  client.validateConnection = (connection) => !dropped.has(connection) && validateConnection.call(client, connection);
}
