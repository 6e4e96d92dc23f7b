/** What `@nestjs/swagger` says of a protected handler is what it says of the same handler without a mark. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, type INestApplication, Param, ParseIntPipe, Post, Query, Req, ValidationPipe } from '@nestjs/common';
import { ApiProperty, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString } from 'class-validator';
import { IdempotencyKey, IdempotencyManual, IdempotencyState } from 'nestjs-idempotency';
import { closeAll, run } from './running.js';
import { send } from './send.js';
import { PLATFORMS } from './serve.js';

class Payment {
  @ApiProperty() @IsInt() amount!: number;
  @ApiProperty({ required: false }) @IsOptional() @IsString() note?: string;
}

class Page {
  @ApiProperty({ required: false }) @IsOptional() @IsString() after?: string;
}

/** Every kind of handler twice: as it is, and under a mark of ours. */
@Controller()
class PaymentsController {
  runs = 0;

  @Post('plain/:id')
  plain(@Param('id', ParseIntPipe) id: number, @Query() page: Page, @Body() payment: Payment): object {
    return { id, page, payment };
  }

  @Post('protected/:id')
  @IdempotencyKey()
  protected(@Param('id', ParseIntPipe) id: number, @Query() page: Page, @Body() payment: Payment): object {
    return { id, page, payment, run: (this.runs += 1) };
  }

  @Post('plain-bare') plainBare(): void {}

  @Post('protected-bare') @IdempotencyKey() protectedBare(): void {}

  @Post('plain-request') plainRequest(@Req() _request: unknown): void {}

  @Post('protected-request')
  @IdempotencyManual()
  protectedRequest(@Req() _request: unknown, @IdempotencyState() _state: IdempotencyState): void {}
}

interface Described {
  readonly parameters: readonly { readonly name: string }[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}

afterEach(closeAll);

// Both in one process: what the first application has said of a handler is not said again.
describe.each(PLATFORMS)('on %s', (platform) => {
  const open = () => run(platform, { conflictStatus: null }, { controllers: [PaymentsController], prepare });
  const prepare = (app: INestApplication): void => {
    app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true }));
    SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, new DocumentBuilder().build()), { ui: false });
  };

  it('a protected operation has the parameters and the body of its twin, and the header of the key', async () => {
    const { port } = await open();
    const { text } = await send(port, '/docs-json', { method: 'GET', body: null });
    const { paths } = JSON.parse(text) as { paths: Record<string, { post: Described } | undefined> };
    const described = (path: string) => paths[path]?.post ?? { parameters: [], responses: {} };
    for (const twin of ['/{id}', '-bare', '-request']) {
      const [plain, kept] = [described(`/plain${twin}`), described(`/protected${twin}`)];
      expect(kept.parameters.filter(({ name }) => name !== 'idempotency-key')).toEqual(plain.parameters);
      expect(kept.parameters).toHaveLength(plain.parameters.length + 1);
      expect(kept.requestBody).toEqual(plain.requestBody);
    }
    const { parameters, requestBody, responses } = described('/protected/{id}');
    expect(parameters.map(({ name }) => name).sort()).toEqual(['after', 'id', 'idempotency-key']);
    expect(requestBody).toMatchObject({ content: { 'application/json': { schema: { $ref: '#/components/schemas/Payment' } } } });
    expect(responses['413']?.description).toBe('The request body is too large to be identified');
  });

  it('the same handler is given what its pipes made, and answers its retry', async () => {
    const { port, logged } = await open();
    const pay = (path: string, body: object) => send(port, path, { key: 'k', body });
    expect((await pay('/protected/one', { amount: 1 })).status).toBe(400);
    expect((await pay('/protected/7?after=3', { amount: 'much' })).status).toBe(400);
    const first = await pay('/protected/7?after=3', { amount: 5 });
    expect([first.status, first.text]).toEqual([201, '{"id":7,"page":{"after":"3"},"payment":{"amount":5},"run":1}']);
    expect((await pay('/protected/7?after=3', { amount: 5 })).text).toBe(first.text);
    expect(logged).toEqual([]);
  });
});
