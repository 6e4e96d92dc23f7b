/** The bare route behind one interceptor that does nothing: the floor for anything that is built as an interceptor. */
import 'reflect-metadata';
import {
  Body,
  Controller,
  Module,
  Post,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { serve } from './serve.js';

class Nothing implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

@Controller('orders')
@UseInterceptors(Nothing)
class Orders {
  @Post()
  create(@Body() order: unknown): unknown {
    return order;
  }
}

@Module({ controllers: [Orders] })
class Floor {}

await serve(Floor);
