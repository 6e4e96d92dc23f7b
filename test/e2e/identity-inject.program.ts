/** Uploads that are injected into Fastify, in a process of its own: Jest cannot load what `inject()` needs. Prints what came. */
import { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import { Controller, type INestApplication, Module, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import { form, type Part } from './identity-forms.js';

interface Uploaded {
  parts(): AsyncIterable<{
    readonly type: string;
    readonly fieldname: string;
    readonly value: unknown;
    toBuffer(): Promise<Buffer>;
  }>;
}

@Controller()
class Files {
  @Post('upload')
  @IdempotencyKey()
  async upload(@Req() request: Uploaded) {
    const seen: Record<string, unknown> = {};
    for await (const part of request.parts())
      seen[part.fieldname] = part.type === 'file' ? (await part.toBuffer()).toString() : part.value;
    return seen;
  }
}

@Module({ imports: [IdempotencyModule.forRoot({ profile: 'ietf' })], controllers: [Files] })
class AppModule {}

const app = await NestFactory.create<INestApplication>(AppModule, new FastifyAdapter(), { logger: false });
interface Instance {
  register(plugin: unknown): Promise<unknown>;
  inject(asked: object): Promise<{ statusCode: number; payload: string }>;
}
const fastify = app.getHttpAdapter().getInstance() as Instance;
await fastify.register(multipart);
await app.init();

const parts: readonly Part[] = [
  { name: 'title', value: 'a' },
  { name: 'doc', value: 'content', file: 'd.bin' },
];
const headers = { 'content-type': 'multipart/form-data; boundary=b' };
const payloads: Readonly<Record<string, () => unknown>> = {
  bytes: () => form(parts, 'b'),
  stream: () => Readable.from([form(parts, 'b')]),
  pieces: () => Readable.from([...form(parts, 'b')].map((byte) => Buffer.of(byte))),
  other: () => form([{ name: 'title', value: 'b' }], 'b'),
};
const came: Record<string, unknown> = {};
for (const [name, payload] of Object.entries(payloads))
  for (const key of name === 'other' ? ['bytes'] : [name]) {
    const sent = { ...headers, 'idempotency-key': key };
    const { statusCode, payload: text } = await fastify.inject({
      method: 'POST',
      url: '/upload',
      headers: sent,
      payload: payload(),
    });
    came[name] = [statusCode, statusCode === 201 ? JSON.parse(text) : undefined];
  }
const bare = await fastify.inject({ method: 'POST', url: '/upload', headers: { 'idempotency-key': 'bare' } });
came['none'] = [bare.statusCode];
await app.close();
console.log(JSON.stringify(came));
