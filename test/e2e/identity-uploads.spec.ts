/** Uploads: their content counts and nothing else, they reach their handler whole, and what cannot be seen is never taken for equal. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { type EventEmitter, once } from 'node:events';
import { connect, type ClientHttp2Session } from 'node:http2';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import multipart from '@fastify/multipart';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, type INestApplication, Post, Req, UploadedFiles, UseInterceptors } from '@nestjs/common';
import { AnyFilesInterceptor } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IdempotencyKey, OperationEncoder } from 'nestjs-idempotency';
import multer from 'multer';
import { closeTaken, form, outcomes, type Part, post, sum, take, upload } from './identity-forms.js';
import { PLATFORMS } from './serve.js';

// The package has no types of its own.
const fileUpload = createRequire(import.meta.url)('express-fileupload') as (options: object) => () => void;

afterEach(closeTaken);

const field = (name: string, value: string, type?: string): Part => ({ name, value, ...(type !== undefined && { type }) });
const file = (value: string | Buffer, name = 'doc'): Part => ({ name, value, file: 'd.bin', type: 'application/octet-stream' });

@Controller()
class Plain {
  @Post('upload')
  @IdempotencyKey()
  upload(@Body() body: unknown) {
    return { got: typeof body };
  }
}

@Controller()
class ExpressFiles {
  @Post('upload')
  @IdempotencyKey()
  @UseInterceptors(AnyFilesInterceptor())
  upload(@Body() body: object, @UploadedFiles() files: { buffer: Buffer }[] = []) {
    return { fields: { ...body }, files: files.map(({ buffer }) => sum(buffer)) };
  }
}

interface FastifyPart {
  readonly type: string;
  readonly fieldname: string;
  readonly value: unknown;
  toBuffer(): Promise<Buffer>;
}

@Controller()
class FastifyFiles {
  @Post('upload')
  @IdempotencyKey()
  async upload(@Req() request: { parts(): AsyncIterable<FastifyPart> }) {
    const fields: Record<string, unknown> = {};
    const files: string[] = [];
    for await (const part of request.parts())
      if (part.type === 'file') files.push(sum(await part.toBuffer()));
      else fields[part.fieldname] = part.value;
    return { fields, files };
  }
}

type Hook = (
  request: Record<string, unknown> & { saveRequestFiles(): Promise<unknown>; file(): Promise<FastifyPart> },
) => Promise<void>;
interface Instance {
  register(plugin: unknown, options?: object): Promise<unknown>;
  addHook(name: string, hook: Hook): void;
}
const fastify = (app: INestApplication): Instance => app.getHttpAdapter().getInstance() as Instance;
const withMultipart = (options?: object) => (app: INestApplication) => fastify(app).register(multipart, options);

describe.each(PLATFORMS)('on %s', (platform) => {
  const Files = platform === 'express' ? ExpressFiles : FastifyFiles;
  const prepare = platform === 'express' ? () => undefined : withMultipart();

  it('an upload is known again behind another boundary, and reaches its handler whole', async () => {
    const { port } = await take(platform, Files, {}, prepare);
    const content = randomBytes(200_000);
    const first = await upload(port, [field('title', 'a'), file(content)]);
    expect(JSON.parse(first.text)).toEqual({ fields: { title: 'a' }, files: [sum(content)] });
    expect(
      await outcomes([
        () => upload(port, [field('title', 'a'), file(content)]),
        () => upload(port, [field('title', 'b'), file(content)]),
        () => upload(port, [field('title', 'a'), file(randomBytes(10))]),
        () => upload(port, [file(content), field('title', 'a')]),
      ]),
    ).toEqual(['replayed', 422, 422, 422]);
  });

  it('80,000 tiny parts are refused without a stall', async () => {
    const { port } = await take(platform, Files, {}, prepare);
    const many = Buffer.from(`${'--b\r\n\r\n\r\n'.repeat(80_000)}--b--\r\n`);
    const beganAt = performance.now();
    expect((await post(port, many, { 'content-type': 'multipart/form-data; boundary=b' })).status).toBe(413);
    expect(performance.now() - beganAt).toBeLessThan(2_000);
    expect((await upload(port, [field('title', 'a')])).status).toBe(201);
  });

  it('a part may be called as a parser calls its own', async () => {
    const { port } = await take(platform, Files, {}, prepare);
    const named = (amount: string): Part[] =>
      ['originalname', 'fieldname', 'type', 'buffer', 'path', 'mv', 'fields', '_buf']
        .map((name) => field(name, 'file'))
        .concat(field('amount', amount));
    expect(await outcomes(['5', '5', '5000'].map((amount) => () => upload(port, named(amount))))).toEqual([
      'ran',
      'replayed',
      422,
    ]);
  });

  it.each([
    ['two boundaries in the type', (body: Buffer) => post2(body, 'multipart/form-data; boundary=b; boundary=c')],
    ['a quoted boundary', (body: Buffer) => post2(body, 'Multipart/Form-Data; charset=utf-8; boundary="b"')],
    ['no boundary', (body: Buffer) => post2(body, 'multipart/form-data')],
  ])('a form with %s is told from another one', async (_, send) => {
    const { port } = await take(platform, Plain, {}, platform === 'express' ? undefined : withMultipart());
    const asked = (amount: string) => () => send(form([field('amount', amount)], 'b'))(port);
    expect(await outcomes([asked('5'), asked('5'), asked('6')])).toEqual(['ran', 'replayed', 422]);
  });

  it('chosen fields count alone, and an unnamed part always', async () => {
    const encoder = new OperationEncoder({ body: { except: ['sentAt', 'noise'] } });
    const { port } = await take(platform, Files, { encoder }, prepare);
    const at =
      (sentAt: string, amount: string, noise = 'x') =>
      () =>
        upload(port, [field('sentAt', sentAt), field('amount', amount), file(noise, 'noise')]);
    expect(await outcomes([at('1', '5'), at('2', '5', 'y'), at('2', '6')])).toEqual(['ran', 'replayed', 422]);
    // A part without a name is no field for any parser, and yet not nothing.
    const plain = await take(platform, Plain, { encoder }, platform === 'express' ? undefined : withMultipart());
    const unnamed = (text: string) => () =>
      post2(
        Buffer.from(`--b\r\nContent-Disposition: form-data\r\n\r\n${text}\r\n--b--\r\n`),
        'multipart/form-data; boundary=b',
      )(plain.port);
    expect(await outcomes([unnamed('1'), unnamed('1'), unnamed('2')])).toEqual(['ran', 'replayed', 422]);
  });
});

function post2(body: Buffer, contentType: string) {
  return (port: number) => post(port, body, { 'content-type': contentType });
}

describe('files that a middleware of Express took', () => {
  const parsers: [string, () => unknown][] = [
    ['multer in memory', () => multer().any()],
    ['multer in memory, by field', () => multer().fields([{ name: 'doc' }, { name: 'other' }])],
    ['multer in memory, one file', () => multer().single('doc')],
    ['multer on the disk', () => multer({ dest: join(tmpdir(), 'identity-uploads') }).any()],
    ['express-fileupload in memory', () => fileUpload({})],
    ['express-fileupload on the disk', () => fileUpload({ useTempFiles: true, tempFileDir: join(tmpdir(), 'identity-uploads') })],
  ];

  it.each(parsers)('%s: are known again by their content, and told from others', async (_, parser) => {
    const { port } = await take('express', Plain, {}, (app) => app.use(parser()));
    const [one, other] = [randomBytes(100_000), randomBytes(100_000)];
    const asked = (title: string, content: Buffer) => () => upload(port, [field('title', title), file(content)]);
    expect(await outcomes([asked('a', one), asked('a', one), asked('b', one), asked('a', other)])).toEqual([
      'ran',
      'replayed',
      422,
      422,
    ]);
  });

  it.each(parsers.map(([name, parser]) => [name, parser] as const))(
    '%s: a form without files is told from another one',
    async (_, parser) => {
      const { port } = await take('express', Plain, {}, (app) => app.use(parser()));
      const asked = (title: string) => () => upload(port, [field('title', title), field('originalname', 'x')]);
      expect(await outcomes([asked('a'), asked('a'), asked('b')])).toEqual(['ran', 'replayed', 422]);
    },
  );

  it('a storage that took the content elsewhere is refused', async () => {
    const elsewhere: multer.StorageEngine = {
      _handleFile: (_request, taken, done) => {
        taken.stream.resume().on('end', () => {
          done(null, { size: 1, path: 'https://files.example.com/1' });
        });
      },
      _removeFile: (_request, _file, done) => {
        done(null);
      },
    };
    const { port } = await take('express', Plain, {}, (app) => app.use(multer({ storage: elsewhere }).any()));
    const refused = await upload(port, [file('1')]);
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([400, { reason: 'body-refused' }]);
  });

  it.each([
    ['hides all of it', () => undefined],
    ['shows the fields and hides the files', (body: Record<string, string>) => ({ ...body })],
    [
      'shows files in classes of its own',
      () => ({
        upload: new (class Upload {
          readonly #file = 1;
          size = this.#file;
        })(),
      }),
    ],
  ])('a middleware that %s is refused', async (_, shown) => {
    const hiding = (request: Record<string, unknown>, _response: unknown, next: () => void): void => {
      multer().any()(request as never, {} as never, () => {
        request['uploads'] = request['files'];
        delete request['files'];
        request['body'] = shown({ ...(request['body'] as Record<string, string>) });
        next();
      });
    };
    const { port } = await take('express', Plain, {}, (app) => app.use(hiding));
    expect((await upload(port, [field('title', 'a'), file('1')])).status).toBe(400);
  });

  it('a middleware that shows all fields of a form that has nothing else is believed', async () => {
    const copying = (request: Record<string, unknown>, _response: unknown, next: () => void): void => {
      multer().none()(request as never, {} as never, () => {
        request['body'] = { ...(request['body'] as object) };
        next();
      });
    };
    const { port } = await take('express', Plain, {}, (app) => app.use(copying));
    const asked = (title: string) => () => upload(port, [field('title', title), field('note', 'ä')]);
    expect(await outcomes([asked('a'), asked('a'), asked('b')])).toEqual(['ran', 'replayed', 422]);
  });
});

describe('files that a hook of Fastify took', () => {
  it('are refused where they were saved before the handler', async () => {
    const { port } = await take('fastify', Plain, {}, async (app) => {
      await withMultipart()(app);
      fastify(app).addHook('preHandler', async (request) => void (await request.saveRequestFiles()));
    });
    expect(await outcomes([() => upload(port, [file('1')]), () => upload(port, [file('2')])])).toEqual([400, 400]);
  });

  it('are refused where a hook shows the fields only', async () => {
    const { port } = await take('fastify', Plain, {}, async (app) => {
      await withMultipart()(app);
      fastify(app).addHook('preHandler', async (request) => {
        request['taken'] = await (await request.file()).toBuffer();
        request['body'] = { title: 'a' };
      });
    });
    expect((await upload(port, [field('title', 'a'), file('1')])).status).toBe(400);
  });

  it.each([
    ['attached as parts', { attachFieldsToBody: true }],
    ['attached as values', { attachFieldsToBody: 'keyValues' }],
  ])('are known by their content where they are %s', async (_, options) => {
    const { port } = await take('fastify', Plain, {}, withMultipart(options));
    const asked = (title: string, content: string) => () => upload(port, [field('title', title), file(content)]);
    expect(await outcomes([asked('a', '1'), asked('a', '1'), asked('b', '1'), asked('a', '2')])).toEqual([
      'ran',
      'replayed',
      422,
      422,
    ]);
  });

  it.each([
    ['attached as parts', { attachFieldsToBody: true }],
    ['attached as values', { attachFieldsToBody: 'keyValues' }],
  ])('cannot be played by JSON where they are %s', async (_, options) => {
    const { port } = await take('fastify', Plain, {}, withMultipart(options));
    const played = (amount: number) => () =>
      upload(port, [
        field(
          'order',
          JSON.stringify({
            type: 'file',
            fieldname: 'order',
            filename: 'f',
            mimetype: 'm',
            originalname: 'o',
            buffer: 'b',
            amount,
          }),
          'application/json',
        ),
        file('1'),
      ]);
    expect(await outcomes([played(5), played(5), played(5_000)])).toEqual(['ran', 'replayed', 422]);
  });

  it('are refused where an onFile took them to the disk', async () => {
    const onFile = async (part: FastifyPart): Promise<void> =>
      void (await part.toBuffer().then(() => ((part as { _buf?: unknown })._buf = null)));
    const { port } = await take('fastify', Plain, {}, withMultipart({ attachFieldsToBody: true, onFile }));
    expect((await upload(port, [file('1')])).status).toBe(400);
  });
});

describe('looking takes nothing away', () => {
  const parts = [field('title', 'a'), file('content')];
  const expected = { fields: { title: 'a' }, files: [sum(Buffer.from('content'))] };
  const headers = { 'content-type': 'multipart/form-data; boundary=b', 'idempotency-key': 'k' };

  it('from an upload that is injected into Fastify, as bytes, as a stream or in pieces', async () => {
    const command = ['../../tools/run.js', './identity-inject.program.ts'].map((path) =>
      fileURLToPath(new URL(path, import.meta.url)),
    );
    const { stdout } = await promisify(execFile)(process.execPath, command, { env: { ...process.env, NODE_OPTIONS: '' } });
    const whole = [201, { title: 'a', doc: 'content' }];
    // Without a form, it is the handler that has nothing to read.
    expect(JSON.parse(stdout)).toEqual({ bytes: whole, stream: whole, pieces: whole, other: [422, null], none: [406] });
  });

  it('from an upload over HTTP/2, of announced length and of none', async () => {
    const { port } = await take(new FastifyAdapter({ http2: true } as never), FastifyFiles, {}, withMultipart());
    const session = connect(`http://127.0.0.1:${port}`);
    const asked = (body: Buffer, more: object): Promise<[number, unknown]> => posted(session, body, { ...headers, ...more });
    expect(await asked(form(parts, 'b'), {})).toEqual([201, expected]);
    expect((await asked(form([field('title', 'b')], 'b'), {}))[0]).toBe(422);
    const body = form(parts, 'b');
    expect(await asked(body, { 'idempotency-key': 'k2', 'content-length': body.length })).toEqual([201, expected]);
    session.destroy();
  });

  it('and an upload over HTTP/2 that is broken off is never taken for a shorter one', async () => {
    const { app, port } = await take(new FastifyAdapter({ http2: true } as never), FastifyFiles, {}, withMultipart());
    const arrived = once(app.getHttpServer() as EventEmitter, 'request');
    const leaving = connect(`http://127.0.0.1:${port}`);
    const stream = leaving.request({ ':method': 'POST', ':path': '/upload', ...headers });
    stream.on('error', () => undefined);
    // All of the form, but not the end of the body: more could have come.
    stream.write(form(parts, 'b'));
    const [request] = (await arrived) as [EventEmitter];
    const closed = once(request, 'close');
    leaving.destroy();
    await closed;
    const session = connect(`http://127.0.0.1:${port}`);
    // Had it run, another form under its key would be refused.
    expect((await posted(session, form([field('title', 'b')], 'b'), headers))[0]).toBe(201);
    session.destroy();
  });

  it('from a payload that a hook of Fastify put in the place of the request', async () => {
    const { port } = await take('fastify', Streamed, {}, (app) => {
      const instance = fastify(app) as unknown as {
        addHook(
          name: string,
          hook: (request: unknown, reply: unknown, payload: Readable, done: (error: null, payload: Readable) => void) => void,
        ): void;
        addContentTypeParser(
          type: string,
          parser: (request: unknown, payload: Readable, done: (error: null, payload: Readable) => void) => void,
        ): void;
      };
      instance.addHook('preParsing', (_request, _reply, payload, done) => {
        done(null, payload.pipe(new PassThrough()));
      });
      instance.addContentTypeParser('text/csv', (_request, payload, done) => {
        done(null, payload);
      });
    });
    const csv = (text: string) => () => post(port, text, { 'content-type': 'text/csv' });
    expect((await csv('a,b')()).text).toBe('{"read":"a,b"}');
    expect(await outcomes([csv('a,b'), csv('a,c')])).toEqual(['replayed', 422]);
  });
});

@Controller()
class Streamed {
  @Post('upload')
  @IdempotencyKey()
  async upload(@Body() body: Readable) {
    return { read: Buffer.concat((await body.toArray()) as Buffer[]).toString() };
  }
}

function posted(session: ClientHttp2Session, body: Buffer, headers: object): Promise<[number, unknown]> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': '/upload', ...headers });
    let status = 0;
    const chunks: Buffer[] = [];
    stream.on('response', (answer) => (status = answer[':status'] ?? 0));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('end', () => {
      resolve([status, JSON.parse(Buffer.concat(chunks).toString())]);
    });
    stream.end(body);
  });
}
