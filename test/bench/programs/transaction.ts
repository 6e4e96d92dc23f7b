/** The business transaction alone. */
import 'reflect-metadata';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { createTable, insertOrder, openPool } from './order-table.js';
import { serve } from './serve.js';

const pool = openPool();
await createTable(pool);

@Controller('orders')
class Orders {
  @Post()
  async create(@Body() order: unknown): Promise<unknown> {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await insertOrder(client, order);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
    return order;
  }
}

@Module({ controllers: [Orders] })
class Alone {}

await serve(Alone);
