/** The bare route. */
import 'reflect-metadata';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { serve } from './serve.js';

@Controller('orders')
class Orders {
  @Post()
  create(@Body() order: unknown): unknown {
    return order;
  }
}

@Module({ controllers: [Orders] })
class Bare {}

await serve(Bare);
