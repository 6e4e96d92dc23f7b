/** One route for each kind of answer that a handler can give on either platform. */
import { Readable } from 'node:stream';
import type { ServerResponse } from 'node:http';
import {
  BadRequestException,
  ClassSerializerInterceptor,
  Controller,
  Header,
  HttpCode,
  Post,
  Redirect,
  Render,
  Res,
  StreamableFile,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { Exclude } from 'class-transformer';
import { concatMap, delay, from, of, throwError } from 'rxjs';
import { Teapot, TeapotFilter } from './teapot.filter.js';

/** How many times a handler has run since the process began; every answer carries it, so no two executions answer alike. */
export let runs = 0;

/** Lets the next handler to run be the first again. */
export function rewind(): void {
  runs = 0;
}

type Reply = ServerResponse & {
  readonly raw?: ServerResponse;
  status(status: number): Reply;
  send(body?: unknown): Reply;
  header(name: string, value: string | string[]): Reply;
  removeHeader(name: string): void;
};

class Account {
  readonly name = 'Ada';
  @Exclude() readonly secret = 'hunter2';
  constructor(readonly run: number) {}
}

function bytes(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (i * 7 + runs) % 256));
}

async function* words(): AsyncGenerator<string> {
  for (const word of ['one ', 'two ', `run ${String(runs)}`]) yield await Promise.resolve(word);
}

@Controller()
export class AnswersController {
  @Post('object') object() {
    return { name: 'Ada Łovelace', run: ++runs, nested: { list: [1, 2.5, null], when: new Date(0) } };
  }

  @Post('array') array() {
    return [++runs, 'two', { three: 3 }];
  }

  @Post('string') string() {
    return `text ünïcode ${String(++runs)}`;
  }

  @Post('empty-string') emptyString() {
    ++runs;
    return '';
  }

  @Post('number') number() {
    return ++runs + 0.5;
  }

  @Post('zero') zero() {
    ++runs;
    return 0;
  }

  @Post('false') false() {
    ++runs;
    return false;
  }

  @Post('null') null() {
    ++runs;
    return null;
  }

  @Post('nothing') nothing(): void {
    ++runs;
  }

  @Post('no-content') @HttpCode(204) noContent(): void {
    ++runs;
  }

  @Post('reset-content') @HttpCode(205) resetContent(): void {
    ++runs;
  }

  @Post('http-code') @HttpCode(202) httpCode() {
    return { run: ++runs };
  }

  @Post('buffer') buffer() {
    ++runs;
    return bytes(700);
  }

  @Post('typed-array') typedArray() {
    return new Float64Array([++runs, Math.PI]);
  }

  @Post('file') file() {
    ++runs;
    return new StreamableFile(bytes(300_000), { type: 'image/png', disposition: 'attachment; filename="a.png"' });
  }

  @Post('file-of-stream') fileOfStream() {
    ++runs;
    return new StreamableFile(Readable.from([bytes(70_000), bytes(3), bytes(70_000)]), { type: 'application/pdf' });
  }

  @Post('node-stream') nodeStream() {
    ++runs;
    return Readable.from([bytes(10), bytes(20_000)]);
  }

  @Post('web-stream') webStream() {
    ++runs;
    return new Blob([bytes(40_000)]).stream();
  }

  @Post('web-response') webResponse() {
    const headers = { 'content-type': 'text/csv', location: '/made/1', 'set-cookie': 'sid=SECRET', 'x-app': 'a' };
    return new Response(`a;b\n1;${String(++runs)}\n`, { status: 202, headers });
  }

  @Post('web-response-empty') webResponseEmpty() {
    ++runs;
    return new Response(null, { status: 204, headers: { etag: '"7"' } });
  }

  @Post('generator') generator() {
    ++runs;
    return words();
  }

  @Post('generator-of-objects') async *generatorOfObjects() {
    yield { run: ++runs };
    yield await Promise.resolve({ last: true });
  }

  @Post('res') res(@Res() response: Reply) {
    response.status(203).header('Content-Language', 'de').send({ run: ++runs });
  }

  @Post('res-late') resLate(@Res() response: Reply) {
    const run = ++runs;
    setTimeout(() => response.status(201).send({ run }), 5);
  }

  @Post('res-raw') resRaw(@Res() response: Reply) {
    const raw = response.raw ?? response;
    raw.writeHead(202, 'Fine', { 'Content-Type': 'text/plain', Link: ['</a>', '</b>'], 'X-App': 'raw' });
    raw.write('first ');
    raw.write(Buffer.from('second '), () => raw.end(`third ${String(++runs)}`));
  }

  @Post('res-twice') resTwice(@Res() response: Reply) {
    response.status(200).send({ run: ++runs });
    response.status(200).send('a second answer that is much longer than the first one was');
  }

  @Post('res-pipe') resPipe(@Res() response: Reply) {
    ++runs;
    Readable.from([bytes(100_000), bytes(100_000)]).pipe(response.raw ?? response);
  }

  @Post('passthrough') passthrough(@Res({ passthrough: true }) response: Reply) {
    response.removeHeader('Expires');
    response.status(206).header('Location', '/orders/9').header('Set-Cookie', ['a=1', 'b=2']);
    return { run: ++runs };
  }

  @Post('headers')
  @Header('Cache-Control', 'no-store')
  @Header('X-Declared', 'yes')
  @Header('Content-Type', 'application/vnd.shop+json')
  headers(@Res({ passthrough: true }) response: Reply) {
    response
      .header('ETag', '"v1"')
      .header('Last-Modified', new Date(0).toUTCString())
      .header('Link', ['</a>; rel=next', '</b>; rel=prev']);
    response.header('Content-Language', 'en').header('Retry-After', '7').header('X-App', 'mine').header('X-Request-Id', 'r1');
    response.header('X-RateLimit-Remaining', '3').header('Vary', 'Accept-Language');
    return { run: ++runs };
  }

  @Post('redirect') @Redirect('/elsewhere', 303) redirect(): void {
    ++runs;
  }

  @Post('redirect-chosen') @Redirect('/elsewhere') redirectChosen() {
    return { url: `/orders/${String(++runs)}`, statusCode: 307 };
  }

  @Post('render') @Render('receipt') render() {
    return { name: 'Ada', amount: ++runs };
  }

  @Post('observable') observable() {
    return of({ run: ++runs }).pipe(delay(3));
  }

  @Post('observable-many') observableMany() {
    return from([1, 2, { run: ++runs }]);
  }

  @Post('refused') refused() {
    throw new BadRequestException({ code: 'sold-out', run: ++runs });
  }

  @Post('failed') failed() {
    throw new Error(`database on fire ${String(++runs)}`);
  }

  @Post('failed-later') failedLater() {
    return of(1).pipe(concatMap(() => throwError(() => new BadRequestException(`no ${String(++runs)}`))));
  }

  @Post('filtered') @UseFilters(TeapotFilter) filtered() {
    throw new Teapot(++runs);
  }

  @Post('serialised-outside') serialisedOutside() {
    return new Account(++runs);
  }

  @Post('serialised-inside') @UseInterceptors(ClassSerializerInterceptor) serialisedInside() {
    return new Account(++runs);
  }

  @Post('early-hints') earlyHints(@Res({ passthrough: true }) response: Reply) {
    (response.raw ?? response).writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
    return { run: ++runs };
  }

  @Post('large') large() {
    return { run: ++runs, text: 'compressible '.repeat(3000) };
  }

  @Post('generator-large') async *generatorLarge() {
    yield `run ${String(++runs)} `;
    for (let i = 0; i < 500; i++) yield await Promise.resolve('compressible ');
  }

  @Post('res-pipe-text') resPipeText(@Res() response: Reply) {
    const raw = response.raw ?? response;
    raw.setHeader('Content-Type', 'text/plain');
    if (response.raw)
      response.header('Content-Type', 'text/plain').send(Readable.from([`run ${String(++runs)} `, 'text '.repeat(9000)]));
    else Readable.from([`run ${String(++runs)} `, 'text '.repeat(9000)]).pipe(raw);
  }
}
