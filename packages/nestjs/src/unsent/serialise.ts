/** Tells what Nest would have sent for a value that never reaches the wire: its client has left, or was answered by someone else. */
import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { RequestMethod, StreamableFile, type ExecutionContext } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { AnswerLimits, Captured } from '../wire/answer.js';
import { Gate } from '../wire/gate.js';
import { rawOf, type PlatformResponse } from '../wire/platform.js';
import { isStopped, isStreamed, STOPPED, streamable } from './streamed.js';

type Value = string | number | readonly string[] | undefined;

function metadata<T>(context: ExecutionContext, key: string): T | undefined {
  return Reflect.getMetadata(key, context.getHandler()) as T | undefined;
}

/**
 * Has the application's own adapter write `value`, as it would have for this route, to a response that leads nowhere, so that
 * JSON settings, files, streams and redirects come out alike. Reads a stream to its end, up to `maxBodyBytes`. A template on
 * Fastify cannot be rendered without a client, and is 'broken', as is a stream that Nest has stopped. Rejects with what the adapter throws.
 */
export async function serialise(
  adapter: AbstractHttpAdapter,
  context: ExecutionContext,
  value: unknown,
  limits: AnswerLimits,
): Promise<Captured> {
  const nowhere = nowhereFor(adapter, context);
  const status = nowhere.statusCode;
  const gate = Gate.on(nowhere, limits);
  const template = metadata<string>(context, '__renderTemplate__');
  const redirect = metadata<{ url: string; statusCode?: number }>(context, '__redirect__');
  if (template !== undefined) {
    if (adapter.getType() !== 'express') return { kind: 'broken', status };
    adapter.render(nowhere, template, value);
  } else if (redirect !== undefined) {
    const chosen = { ...redirect, ...(value as { url?: string; statusCode?: number } | undefined) };
    if (adapter.getType() === 'express') adapter.redirect(nowhere, chosen.statusCode ?? 302, chosen.url);
    else adapter.reply(nowhere.setHeader('location', chosen.url), undefined, chosen.statusCode ?? 302);
  } else {
    const sent = isStreamed(value)
      ? await streamable(value, nowhere, (name, text) => void adapter.setHeader(nowhere, name, text))
      : value;
    if (sent === STOPPED || (sent instanceof StreamableFile && isStopped(sent.getStream()))) return { kind: 'broken', status };
    if (sent instanceof StreamableFile) watch(sent.getStream(), gate);
    adapter.reply(nowhere, sent, nowhere.statusCode);
  }
  const captured = await gate.captured;
  // Nobody will read on: whoever still writes is told so, and stops its source.
  if (captured.kind !== 'answer') nowhere.destroy().emit('close');
  return captured;
}

/** Adapters answer a stream that fails by destroying the response, which without a socket nobody hears. */
function watch(stream: Readable, gate: Gate): void {
  stream.once('close', () => {
    if (!stream.readableEnded) gate.abandon();
  });
}

function nowhereFor(adapter: AbstractHttpAdapter, context: ExecutionContext): ServerResponse {
  const http = context.switchToHttp();
  const request = http.getRequest<IncomingMessage & { raw?: IncomingMessage; method: string }>();
  const response = http.getResponse<PlatformResponse>();
  const raw = rawOf(response);
  // Without its socket: Nest stops a stream as soon as the connection of its request is closed, which it is.
  const nowhere = new ServerResponse(Object.create(request.raw ?? request, { socket: { value: undefined } }) as IncomingMessage);
  if (adapter.getType() === 'express') Object.setPrototypeOf(nowhere, Object.getPrototypeOf(raw) as object);
  // Who answers a client that has left sends no headers, but leaves a status that is not the handler's.
  const isUntouched = !raw.headersSent && !raw.writableEnded;
  nowhere.statusCode = isUntouched
    ? raw.statusCode
    : (metadata<number>(context, '__httpCode__') ?? (metadata(context, 'method') === RequestMethod.POST ? 201 : 200));
  if (isUntouched) copyHeaders(response.getHeaders(), nowhere);
  else
    for (const { name, value } of metadata<{ name: string; value: Value }[]>(context, '__headers__') ?? [])
      set(nowhere, name, value);
  return nowhere;
}

function copyHeaders(headers: Record<string, Value>, to: ServerResponse): void {
  for (const [name, value] of Object.entries(headers)) set(to, name, value);
}

function set(response: ServerResponse, name: string, value: Value | (() => string)): void {
  const set = typeof value === 'function' ? value() : value;
  if (set !== undefined) response.setHeader(name, set);
}
