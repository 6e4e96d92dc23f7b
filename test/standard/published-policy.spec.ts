/** R9, R13, R24: what a client must know is published, as OpenAPI and as JSON, and is what the application does. */
import { Controller, Get, HttpCode, Module, Patch, Post, Put } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ApiProperty, ApiResponse, DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import {
  IdempotencyExempt,
  IdempotencyKey,
  IdempotencyModule,
  type IdempotencyOptions,
  IdempotencyPolicies,
} from 'nestjs-idempotency';
import { keyed, PLATFORMS, serve } from './serve.js';

class OrderView {
  @ApiProperty()
  id!: string;
}

function controller(): new () => object {
  @Controller('orders')
  class Orders {
    static _OPENAPI_METADATA_FACTORY = () => ({ list: {}, plain: { status: 201, type: [OrderView] } });

    @Post()
    @IdempotencyKey({ keyFormat: 'uuid', keepMs: 3_600_000 })
    @ApiResponse({ status: 202, description: 'Accepted', type: OrderView })
    @ApiResponse({ status: 422, description: 'The order is not valid' })
    create(): object {
      return { id: '1' };
    }

    @Post('plain')
    @IdempotencyKey({ optional: true, afterLapse: 'unknown' })
    plain(): object[] {
      return [];
    }

    @Post('own-rule')
    @IdempotencyKey({ keep: ({ status, error }) => status === 201 || (error as { kept: boolean }).kept })
    ownRule(): void {
      return undefined;
    }

    @Put(':id')
    @HttpCode(204)
    @IdempotencyKey({ conflictStatus: 409, storeOnStatuses: [200, 204, 205], waitMs: 50 })
    replace(): void {
      return undefined;
    }

    @Patch('undecorated')
    undecorated(): void {
      return undefined;
    }

    @Post('exempt')
    @IdempotencyExempt()
    exempt(): void {
      return undefined;
    }

    @Get()
    list(): object[] {
      return [];
    }

    @Get('policy')
    policy(): object {
      return policies?.document() ?? {};
    }
  }
  return Orders;
}

let policies: IdempotencyPolicies | undefined;

async function documentOf(options: IdempotencyOptions): Promise<OpenAPIObject> {
  @Module({ imports: [IdempotencyModule.forRoot(options)], controllers: [controller()] })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { logger: false });
  const document = SwaggerModule.createDocument(app, new DocumentBuilder().build());
  await app.close();
  return document;
}

describe('the OpenAPI document, made before the application is initialised', () => {
  let document: OpenAPIObject;
  beforeAll(async () => {
    document = await documentOf({ profile: 'ietf' });
  });

  it('names the key header, its format, whether it is required, and the retention', () => {
    expect(document.paths['/orders']?.post?.parameters).toEqual([
      {
        in: 'header',
        name: 'idempotency-key',
        required: true,
        description: expect.stringContaining('3600 seconds') as string,
        schema: { type: 'string', minLength: 1, maxLength: 255, format: 'uuid' },
      },
    ]);
    expect(document.paths['/orders/plain']?.post?.parameters).toMatchObject([{ required: false }]);
  });

  it('names the answers of ours as problems, and marks the replay of a success', () => {
    const responses = document.paths['/orders']?.post?.responses ?? {};
    expect(Object.keys(responses)).toEqual(['202', '400', '409', '413', '422', '503']);
    expect(responses['400']).toMatchObject({
      description: 'Idempotency-Key is missing; Idempotency-Key is not valid; The request body cannot be identified',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/IdempotencyProblem' } } },
    });
    expect(responses['202']).toMatchObject({ headers: { 'Idempotency-Replayed': { schema: { enum: ['true'] } } } });
    expect(responses['503']).toMatchObject({ headers: { 'Retry-After': { schema: { type: 'integer' } } } });
  });

  it('keeps what the application says of its own answers', () => {
    const { responses } = document.paths['/orders']?.post ?? {};
    expect(responses?.['202']).toMatchObject({
      description: 'Accepted',
      content: { 'application/json': { schema: { $ref: '#/components/schemas/OrderView' } } },
    });
    expect(responses?.['422']).toMatchObject({ description: 'The order is not valid; Idempotency-Key is already used' });
  });

  it('keeps what the compiler plugin says, and the default success', () => {
    expect(document.paths['/orders/plain']?.post?.responses['201']).toMatchObject({
      content: { 'application/json': { schema: { type: 'array', items: { $ref: '#/components/schemas/OrderView' } } } },
    });
    expect(Object.keys(document.paths['/orders/{id}']?.put?.responses ?? {})).toContain('204');
  });

  it('says nothing of operations that do not take part', () => {
    for (const operation of [
      document.paths['/orders']?.get,
      document.paths['/orders/exempt']?.post,
      document.paths['/orders/undecorated']?.patch,
    ]) {
      expect(operation?.parameters).toEqual([]);
      expect(Object.keys(operation?.responses ?? {})).toHaveLength(1);
      expect(operation).not.toHaveProperty('x-idempotency');
    }
  });

  it('carries the whole policy as an extension', () => {
    expect(document.paths['/orders']?.post).toMatchObject({
      'x-idempotency': { retentionMs: 3_600_000, replay: { status: 'first' } },
    });
  });

  it('takes in undecorated operations in opt-out mode, of POST and PATCH', async () => {
    const { paths } = await documentOf({ profile: 'ietf', mode: 'opt-out' });
    expect(paths['/orders/undecorated']?.patch).toHaveProperty('x-idempotency');
    expect(paths['/orders/exempt']?.post).not.toHaveProperty('x-idempotency');
  });

  it('promises no problem body and no 422 in classic, where another request is another operation', async () => {
    const responses = (await documentOf({})).paths['/orders/plain']?.post?.responses ?? {};
    expect(Object.keys(responses)).toEqual(['201', '400', '409', '413', '423', '503']);
    expect(responses['423']).toMatchObject({ content: { 'application/json': {} } });
  });
});

describe.each(PLATFORMS)('the JSON document, on %s', (platform) => {
  it('tells the policy of every protected operation, and tells the truth', async () => {
    @Module({ imports: [IdempotencyModule.forRoot({ profile: 'ietf', scope: () => 'u' })], controllers: [controller()] })
    class AppModule {}
    await using server = await serve(platform, AppModule);
    policies = server.app.get(IdempotencyPolicies);
    const document = (await (await fetch(`${server.url}/orders/policy`)).json()) as ReturnType<IdempotencyPolicies['document']>;
    expect(document).toMatchObject({ profile: 'ietf', scope: 'application' });
    expect(document.operations.map(({ method, paths }) => [method, paths])).toEqual([
      ['POST', ['/orders']],
      ['POST', ['/orders/plain']],
      ['POST', ['/orders/own-rule']],
      ['PUT', ['/orders/:id']],
    ]);
    expect(document.operations[1]).toMatchObject({ afterLapse: 'unknown', key: { required: false }, retentionMs: 86_400_000 });
    expect(document.operations[2]).toMatchObject({ replayedStatuses: ['201'] });
    expect(document.operations[3]).toMatchObject({
      replayedStatuses: ['200', '204-205'],
      replay: { status: 409, header: 'Idempotency-Replayed' },
      whileRunning: { status: 409, waitMs: 50, preferWaitAtMostMs: 30_000 },
    });

    const [create] = document.operations;
    for (const [key, reason] of [
      [undefined, 'key-missing'],
      ['not-a-uuid', 'key-invalid'],
    ] as const) {
      const published = create?.problems.find((problem) => problem.reason === reason);
      const answered = await keyed(server, '/orders', key);
      expect(answered.status).toBe(published?.status);
      expect(answered.json).toMatchObject({ type: published?.type, title: published?.title });
    }
  });
});
