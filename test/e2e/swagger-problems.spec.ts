/** What the OpenAPI document says of refusals: one schema for all of them; and of manual handlers: that they run every time. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, type INestApplication, Patch, Post, Put } from '@nestjs/common';
import { ApiProperty, ApiResponse, DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { IdempotencyKey, IdempotencyManual, type IdempotencyOptions } from 'nestjs-idempotency';
import { faultsOf, refsIn } from './openapi.js';
import { closeAll, run } from './running.js';
import { send } from './send.js';
import { PLATFORMS } from './serve.js';

class SoldOut {
  @ApiProperty()
  left!: number;
}

/** A class of its own each time: what an earlier application has said of a handler stays with the handler. */
function orders(): new () => object {
  @Controller('orders')
  class Orders {
    @Post()
    @IdempotencyKey()
    create(): object {
      return { id: 1 };
    }

    @Put(':id')
    @IdempotencyKey({ afterLapse: 'unknown' })
    @ApiResponse({ status: 422, description: 'The order is not valid' })
    replace(): object {
      return { id: 1 };
    }

    @Post('manual')
    @IdempotencyManual({ keepMs: 60_000, conflictStatus: 409 })
    manual(): object {
      return { id: 1 };
    }
  }
  return Orders;
}

interface Described {
  readonly parameters: readonly { readonly description?: string }[];
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: object; readonly headers?: object }>
  >;
  readonly 'x-idempotency': {
    readonly manual: boolean;
    readonly replay: object;
    readonly problems: readonly { readonly reason: string }[];
  };
}

const MODELS = { problem: 'IdempotencyProblem', framework: 'IdempotencyError' };
const REQUIRED = {
  problem: ['type', 'title', 'status', 'detail', 'reason', 'retryable'],
  framework: ['statusCode', 'error', 'message', 'reason'],
};

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  async function documentOf(options: IdempotencyOptions) {
    let document: OpenAPIObject | undefined;
    const prepare = (app: INestApplication): void => {
      document = SwaggerModule.createDocument(app, new DocumentBuilder().setTitle('Orders').setVersion('1').build());
    };
    const { port } = await run(platform, options, { controllers: [orders()], prepare });
    if (document === undefined) throw new Error('no document was made');
    const { paths } = document as unknown as { paths: Record<string, { post?: Described; put?: Described } | undefined> };
    const [create, replace, manual] = [paths['/orders']?.post, paths['/orders/{id}']?.put, paths['/orders/manual']?.post];
    if (!create || !replace || !manual) throw new Error('an operation is not described');
    return { document, port, create, replace, manual };
  }

  it.each([
    ['ietf', 'problem'],
    ['stripe', 'problem'],
    ['classic', 'framework'],
  ] as const)('in %s the document is valid and every refusal points to its one schema', async (profile, errors) => {
    const { document, port, create, replace, manual } = await documentOf({ profile });
    expect(faultsOf(document)).toEqual([]);
    expect(Object.keys(document.components?.schemas ?? {})).toEqual([MODELS[errors]]);
    const refusals = [create, replace, manual].flatMap(({ responses }) =>
      Object.values(responses).filter(({ content }) => content !== undefined),
    );
    expect(refusals.length).toBeGreaterThan(9);
    const type = errors === 'problem' ? 'application/problem+json' : 'application/json';
    for (const { content } of refusals)
      expect(content).toEqual({ [type]: { schema: { $ref: `#/components/schemas/${MODELS[errors]}` } } });
    expect(refsIn(document.paths)).toHaveLength(refusals.length);

    // The schema is of what is answered.
    const refused = JSON.parse((await send(port, '/orders')).text) as object;
    const { properties = {}, required } = document.components?.schemas?.[MODELS[errors]] as {
      properties?: object;
      required?: string[];
    };
    expect(required).toEqual(REQUIRED[errors]);
    expect(Object.keys(refused)).toEqual(expect.arrayContaining(REQUIRED[errors]));
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(refused)));
  });

  it('keeps an answer of the application as it declared it, and says when to come back where a retry may help', async () => {
    const { create, replace } = await documentOf({ profile: 'ietf' });
    expect(replace.responses['422']).toEqual({
      description: 'The order is not valid; Idempotency-Key is already used',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/IdempotencyProblem' } } },
    });
    for (const status of ['409', '503']) expect(create.responses[status]).toHaveProperty(['headers', 'Retry-After']);
    for (const status of ['400', '413', '422']) expect(create.responses[status]).not.toHaveProperty('headers');
  });

  it('says that a manual handler runs for every request, and whose word counts', async () => {
    const { manual, create } = await documentOf({ profile: 'classic' });
    expect(manual.parameters).toHaveLength(1);
    expect(manual.parameters[0]?.description).toBe(
      'A new key for each operation, the same key for each retry of it. Every request runs, those with one key one after another; ' +
        'the operation, for which an answer is kept for 60 seconds, decides what a retry is given.',
    );
    expect(create.parameters[0]?.description).toMatch(/A retry is given the first answer for 86400 seconds\.$/);
    expect(manual['x-idempotency']).toMatchObject({ manual: true, replay: { status: 'first' } });
    expect(create['x-idempotency']).toMatchObject({ manual: false, replay: { status: 409 } });
    const reasons = (of: Described) => of['x-idempotency'].problems.map(({ reason }) => reason);
    expect(reasons(create).filter((reason) => !reasons(manual).includes(reason))).toEqual(['answer-not-kept']);
    expect(create.responses['409']?.description).toMatch(/^The answer that was given before; /);
    expect(manual.responses['409']?.description).not.toContain('given before');
  });

  it('shows the bodies of both where the application describes a status that is ours as well', async () => {
    @Controller('orders')
    class Orders {
      @Post()
      @IdempotencyKey()
      @ApiResponse({
        status: 409,
        description: 'Sold out',
        type: SoldOut,
        headers: { 'X-Left': { schema: { type: 'integer' } } },
      })
      create(): object {
        return {};
      }

      @Patch()
      @IdempotencyKey()
      @ApiResponse({ status: 422, description: 'Wrong', schema: { type: 'string' } })
      change(): object {
        return {};
      }
    }
    const made = async (options: IdempotencyOptions, controller: new () => object) => {
      let document: OpenAPIObject | undefined;
      const prepare = (app: INestApplication): void => {
        document = SwaggerModule.createDocument(app, new DocumentBuilder().setTitle('Orders').setVersion('1').build());
      };
      await run(platform, options, { controllers: [controller], prepare });
      if (document === undefined) throw new Error('no document was made');
      return { document, paths: document.paths as unknown as Record<string, Record<string, Described>> };
    };
    const { document, paths } = await made({ profile: 'ietf' }, Orders);
    expect(faultsOf(document)).toEqual([]);
    const refused = paths['/orders']?.['post']?.responses['409'];
    expect(refused?.description).toMatch(/^Sold out; ./);
    expect(refused?.content).toEqual({
      'application/json': { schema: { $ref: '#/components/schemas/SoldOut' } },
      'application/problem+json': { schema: { $ref: '#/components/schemas/IdempotencyProblem' } },
    });
    expect(Object.keys(refused?.headers ?? {}).sort()).toEqual(['Retry-After', 'X-Left']);
    expect(document.components?.schemas).toHaveProperty('SoldOut');
    expect(paths['/orders']?.['patch']?.responses['422']?.content).toEqual({
      'application/json': { schema: { type: 'string' } },
      'application/problem+json': { schema: { $ref: '#/components/schemas/IdempotencyProblem' } },
    });
  });

  it('shows one of both where they have one media type', async () => {
    @Controller('orders')
    class Orders {
      @Post()
      @IdempotencyKey()
      @ApiResponse({ status: 423, description: 'Sold out', type: SoldOut })
      create(): object {
        return {};
      }
    }
    let document: OpenAPIObject | undefined;
    const prepare = (app: INestApplication): void => {
      document = SwaggerModule.createDocument(app, new DocumentBuilder().setTitle('Orders').setVersion('1').build());
    };
    await run(platform, { profile: 'classic' }, { controllers: [Orders], prepare });
    const { paths } = document as unknown as { paths: Record<string, { post?: Described }> };
    const [theirs, ours] = ['SoldOut', 'IdempotencyError'].map((name) => ({ $ref: `#/components/schemas/${name}` }));
    expect(paths['/orders']?.post?.responses['423']?.content).toEqual({
      'application/json': { schema: { oneOf: [theirs, ours] } },
    });
  });
});
