/** Uploads are identified before their parser runs, and their parser finds them untouched. */
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import multipart, { type MultipartFile } from '@fastify/multipart';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  HttpException,
  type INestApplication,
  type NestInterceptor,
  Post,
  Req,
  UploadedFiles,
  Body,
  UseInterceptors,
} from '@nestjs/common';
import { AnyFilesInterceptor, ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { createHash, randomBytes } from 'node:crypto';
import { BasicEncoder, BodyRefusedError, type Identity, OperationEncoder } from './index.js';

const MIB = 1024 * 1024;

/** What the encoder made of each request, in order. */
const seen: Identity[] = [];
/** Why it refused the others. */
const refused: string[] = [];

const encoders = { classic: new BasicEncoder({ maxBytes: 4 * MIB }), ietf: new OperationEncoder({ maxBytes: 4 * MIB }) };
let encoder: keyof typeof encoders = 'classic';

class Identified implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler): Promise<ReturnType<CallHandler['handle']>> {
    const request = context.switchToHttp().getRequest<{ raw?: http.IncomingMessage; body: unknown } & http.IncomingMessage>();
    const contentType = request.headers['content-type'];
    const told = {
      key: 'k',
      scope: '',
      method: 'POST',
      path: request.url ?? '',
      body: request.body,
      raw: request.raw ?? request,
    };
    try {
      seen.push(await encoders[encoder].encode(contentType === undefined ? told : { ...told, contentType }));
    } catch (error) {
      if (!(error instanceof BodyRefusedError)) throw error;
      refused.push(error.reason);
      throw new HttpException(error.reason, error.reason === 'too-large' ? 413 : 400);
    }
    return next.handle();
  }
}

interface Uploaded {
  readonly fields: Record<string, unknown>;
  readonly files: readonly { name: string; file: string; bytes: number; sum: string }[];
}

function summed(name: string, file: string, content: Buffer): Uploaded['files'][number] {
  return { name, file, bytes: content.length, sum: createHash('sha256').update(content).digest('hex') };
}

@Controller()
class ExpressUploads {
  @Post('upload')
  @UseInterceptors(AnyFilesInterceptor())
  upload(
    @Body() fields: Record<string, unknown>,
    @UploadedFiles() files: { fieldname: string; originalname: string; buffer: Buffer }[],
  ): Uploaded {
    return { fields: { ...fields }, files: files.map((file) => summed(file.fieldname, file.originalname, file.buffer)) };
  }

  @Post('xml')
  async xml(@Req() request: http.IncomingMessage): Promise<{ text: string }> {
    return { text: Buffer.concat((await request.toArray()) as Buffer[]).toString() };
  }
}

@Controller()
class FastifyUploads {
  @Post('upload')
  async upload(
    @Req() request: { parts(): AsyncIterable<MultipartFile | { type: 'field'; fieldname: string; value: unknown }> },
  ): Promise<Uploaded> {
    const fields: Record<string, unknown> = {};
    const files: Uploaded['files'][number][] = [];
    for await (const part of request.parts())
      if (part.type === 'file') files.push(summed(part.fieldname, part.filename, await part.toBuffer()));
      else fields[part.fieldname] = part.value;
    return { fields, files };
  }

  @Post('attached')
  attached(@Body() body: Record<string, { value?: unknown }>): { title: unknown } {
    return { title: body['title']?.value };
  }
}

interface Form {
  readonly title: string;
  readonly file: Buffer;
}

function form({ title, file }: Form, boundary: string): Buffer {
  return Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\n${title}\r\n`),
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="doc"; filename="d.bin"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ),
    file,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
}

const platforms = [
  { platform: 'Express', make: () => appOf(ExpressUploads, () => new ExpressAdapter()) },
  { platform: 'Fastify', make: () => appOf(FastifyUploads, () => new FastifyAdapter({ bodyLimit: 64 * MIB })) },
] as const;

async function appOf(
  controller: typeof ExpressUploads | typeof FastifyUploads,
  adapter: () => ExpressAdapter | FastifyAdapter,
  attach = false,
): Promise<INestApplication> {
  const module = await Test.createTestingModule({ controllers: [controller] }).compile();
  const app = module.createNestApplication<INestApplication>(adapter(), { logger: false });
  if (controller === FastifyUploads)
    await (app.getHttpAdapter().getInstance() as { register(plugin: unknown, options: object): Promise<unknown> }).register(
      multipart,
      {
        limits: { fileSize: 64 * MIB },
        ...(attach ? { attachFieldsToBody: true } : {}),
      },
    );
  app.useGlobalInterceptors(new Identified());
  await app.listen(0, '127.0.0.1');
  return app;
}

function portOf(app: INestApplication): number {
  return ((app.getHttpServer() as http.Server).address() as AddressInfo).port;
}

async function send(
  app: INestApplication,
  path: string,
  contentType: string,
  body: Buffer,
): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`http://127.0.0.1:${portOf(app)}/${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': contentType },
  });
  return { status: response.status, json: await response.json() };
}

function upload(app: INestApplication, what: Form, boundary: string): Promise<{ status: number; json: unknown }> {
  return send(app, 'upload', `multipart/form-data; boundary=${boundary}`, form(what, boundary));
}

function identityAt(index: number): string {
  const { slot, fingerprint } = seen.at(index) ?? { slot: 'none', fingerprint: 'none' };
  return `${slot} ${fingerprint}`;
}

describe.each(platforms)('on $platform', ({ platform, make }) => {
  let app: INestApplication;

  beforeAll(async () => {
    app = await make();
  });

  afterAll(() => app.close());

  it.each(['classic', 'ietf'] as const)(
    '%s: knows an upload again behind another boundary, and hands it on whole',
    async (profile) => {
      encoder = profile;
      const file = randomBytes(3 * MIB);
      const expected = { status: 201, json: { fields: { title: 'a' }, files: [summed('doc', 'd.bin', file)] } };
      expect(await upload(app, { title: 'a', file }, 'first')).toEqual(expected);
      expect(await upload(app, { title: 'a', file }, 'the-second-boundary')).toEqual(expected);
      expect(identityAt(-1)).toBe(identityAt(-2));
    },
  );

  it.each(['classic', 'ietf'] as const)('%s: tells another field and another file apart', async (profile) => {
    encoder = profile;
    const file = randomBytes(1000);
    await upload(app, { title: 'a', file }, 'x');
    await upload(app, { title: 'b', file }, 'x');
    await upload(app, { title: 'a', file: Buffer.concat([file, Buffer.from('!')]) }, 'x');
    expect(new Set([-1, -2, -3].map(identityAt)).size).toBe(3);
  });

  it('hands on an upload that arrives byte by byte', async () => {
    const file = randomBytes(20);
    const body = form({ title: 'slow', file }, 'b');
    const request = http.request({
      port: portOf(app),
      path: '/upload',
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    });
    for (const byte of body) {
      request.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    request.end();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const json: unknown = JSON.parse(Buffer.concat((await response.toArray()) as Buffer[]).toString());
    expect(json).toEqual({ fields: { title: 'slow' }, files: [summed('doc', 'd.bin', file)] });
  });

  it('does not wait for more of an empty body of unannounced length', async () => {
    const before = seen.length;
    const headers = { 'content-type': 'multipart/form-data; boundary=b', 'transfer-encoding': 'chunked' };
    const request = http.request({ port: portOf(app), path: '/upload', method: 'POST', headers });
    request.end();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    await response.toArray();
    expect(seen.length).toBe(before + 1);
  });

  it.each([
    ['announced', false],
    ['unannounced', true],
  ] as const)('refuses an upload over the limit whose length is %s, and its connection lives on', async (_what, chunked) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const statuses: (number | undefined)[] = [];
    for (const size of [6 * MIB, 10]) {
      const body = form({ title: 'big', file: Buffer.alloc(size) }, 'b');
      const headers = {
        'content-type': 'multipart/form-data; boundary=b',
        ...(chunked ? {} : { 'content-length': body.length }),
      };
      const request = http.request({ port: portOf(app), path: '/upload', method: 'POST', headers, agent });
      request.write(body);
      request.end();
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      await response.toArray();
      statuses.push(response.statusCode);
    }
    agent.destroy();
    expect(statuses).toEqual([413, 201]);
  });

  it('gives up an upload whose client leaves in the middle', async () => {
    refused.length = 0;
    const headers = { 'content-type': 'multipart/form-data; boundary=b', 'content-length': 5000 };
    const request = http.request({ port: portOf(app), path: '/upload', method: 'POST', headers });
    request.on('error', () => undefined);
    const arrived = once(app.getHttpServer() as http.Server, 'request');
    request.write('--b\r\n');
    await arrived;
    request.destroy();
    while (refused.length === 0) await new Promise(setImmediate);
    expect(refused).toEqual(['aborted']);
    expect((await upload(app, { title: 'next', file: Buffer.alloc(1) }, 'b')).status).toBe(201);
  });

  it.each(['--b', '--b--', '', '--b\r\n\r\n', '--b\r\nno colon\r\n\r\nx\r\n--b--', '\r\n--b\r\n\r\n--b--'])(
    'takes the malformed form %j for one with itself and passes it on',
    async (text) => {
      await send(app, 'upload', 'multipart/form-data; boundary=b', Buffer.from(text));
      await send(app, 'upload', 'multipart/form-data; boundary=b', Buffer.from(text));
      expect(identityAt(-1)).toBe(identityAt(-2));
    },
  );

  if (platform === 'Express')
    it('identifies a body that no parser wants, and leaves it to the handler', async () => {
      expect(await send(app, 'xml', 'application/xml', Buffer.from('<a/>'))).toEqual({ status: 201, json: { text: '<a/>' } });
      expect(await send(app, 'xml', 'application/xml', Buffer.from('<b/>'))).toEqual({ status: 201, json: { text: '<b/>' } });
      expect(identityAt(-1)).not.toBe(identityAt(-2));
    });
});

describe('a form that Fastify has attached to the body', () => {
  it('is known again behind another boundary, and by its content', async () => {
    const app = await appOf(FastifyUploads, () => new FastifyAdapter(), true);
    const file = randomBytes(100);
    for (const [title, boundary] of [
      ['a', 'one'],
      ['a', 'two'],
      ['b', 'one'],
    ] as const)
      expect(await send(app, 'attached', `multipart/form-data; boundary=${boundary}`, form({ title, file }, boundary))).toEqual({
        status: 201,
        json: { title },
      });
    await send(app, 'attached', 'multipart/form-data; boundary=one', form({ title: 'a', file: randomBytes(100) }, 'one'));
    await app.close();
    expect(identityAt(-4)).toBe(identityAt(-3));
    expect(new Set([-1, -2, -3].map(identityAt)).size).toBe(3);
  });
});
