/** Routes that do what a test says, behind whatever it puts around them. */
import {
  type CallHandler,
  ClassSerializerInterceptor,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Header,
  HttpCode,
  Inject,
  type INestApplication,
  Injectable,
  type NestInterceptor,
  Next,
  type PipeTransform,
  Post,
  Query,
  Redirect,
  Req,
  Res,
  Scope,
  UseInterceptors,
} from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { IdempotencyKey, IdempotencyManual, type IdempotencyOptions, IdempotencyState } from 'nestjs-idempotency';
import type { Observable } from 'rxjs';
import { until } from '../orders.js';
import { run, type Running } from '../running.js';
import { type Asked, type Reply, send } from '../send.js';
import type { Platform } from '../serve.js';
import { Ledger } from './ledger.js';

/** What a handler has at hand. */
export interface Hand {
  readonly run: number;
  readonly ledger: Ledger;
  readonly state: IdempotencyState;
  /** Of a handler that answers by itself. */
  readonly response: Answering;
  readonly next: () => void;
  readonly request: { readonly res?: Answering };
  /** Waits until the test lets it go on. */
  pass(): Promise<void>;
}

/** What Express and Fastify have in common for one who answers by itself. */
export interface Answering {
  status(status: number): { send(body: unknown): unknown };
  send(body: unknown): unknown;
  header(name: string, value: string): unknown;
  readonly raw?: import('node:http').ServerResponse;
}

/** What handlers do, how often they ran, and whether they are held. */
@Injectable()
export class Till {
  runs = 0;
  readonly ledger = new Ledger();
  does: (hand: Hand) => unknown = () => undefined;
  /** What the pipe of `/piped` waits for. */
  piped: Promise<unknown> = Promise.resolve();
  #held: Promise<void> = Promise.resolve();
  #open = (): void => undefined;

  hold(): void {
    this.#held = new Promise((open) => (this.#open = open));
  }

  letGo(): void {
    this.#open();
  }

  handle(given: Pick<Hand, 'state'> & Partial<Hand>): unknown {
    const run = (this.runs += 1);
    const none = {} as Answering;
    return this.does({
      response: none,
      next: () => undefined,
      request: {},
      ...given,
      run,
      ledger: this.ledger,
      pass: () => this.#held,
    });
  }
}

@Injectable()
class SlowPipe implements PipeTransform {
  constructor(@Inject(Till) private readonly till: Till) {}

  async transform(value: unknown): Promise<unknown> {
    await this.till.piped;
    return value;
  }
}

@Controller()
export class TillController {
  constructor(@Inject(Till) private readonly till: Till) {}

  @Post('pay') @IdempotencyKey() pay(@Req() request: Hand['request'], @IdempotencyState() state: IdempotencyState) {
    return this.till.handle({ request, state });
  }

  @Post('piped') @IdempotencyKey() piped(@Query('q', SlowPipe) _: unknown, @IdempotencyState() state: IdempotencyState) {
    return this.till.handle({ state });
  }

  @Post('serialised')
  @UseInterceptors(ClassSerializerInterceptor)
  @IdempotencyKey()
  serialised(@IdempotencyState() state: IdempotencyState) {
    return this.till.handle({ state });
  }

  @Post('answer') @IdempotencyKey() answer(@Res() response: Answering, @IdempotencyState() state: IdempotencyState) {
    return this.till.handle({ response, state });
  }

  @Post('next') @IdempotencyKey() next(@Next() next: () => void, @IdempotencyState() state: IdempotencyState) {
    return this.till.handle({ next, state });
  }

  @Post('moved') @Redirect('/elsewhere', 303) @IdempotencyKey() moved(@IdempotencyState() state: IdempotencyState) {
    return this.till.handle({ state });
  }

  @Post('declared')
  @HttpCode(202)
  @Header('Link', '<a>')
  @IdempotencyKey()
  declared(@IdempotencyState() state: IdempotencyState) {
    return this.till.handle({ state });
  }

  @Post('tx') @IdempotencyKey({ transactional: true }) tx(@IdempotencyState() state: IdempotencyState) {
    return this.till.handle({ state });
  }

  @Post('tx-answer')
  @IdempotencyKey({ transactional: true })
  txAnswer(@Res() response: Answering, @IdempotencyState() state: IdempotencyState) {
    return this.till.handle({ response, state });
  }

  @Post('manual') @IdempotencyManual() manual(@IdempotencyState() state: IdempotencyState) {
    return this.till.handle({ state });
  }
}

/** Made for each request. */
@Controller({ path: 'scoped', scope: Scope.REQUEST })
export class ScopedController {
  constructor(@Inject(Till) private readonly till: Till) {}

  @Post() @IdempotencyKey() pay(@IdempotencyState() state: IdempotencyState) {
    return this.till.handle({ state });
  }
}

/** What stands around the routes. */
export interface Around {
  readonly options?: IdempotencyOptions;
  /** Outside of the module's interceptor, the first one outermost. */
  readonly outside?: readonly NestInterceptor[];
  /** Between the module's interceptor and the handler. */
  readonly inside?: readonly NestInterceptor[];
  readonly filter?: ExceptionFilter;
  prepare?(app: INestApplication): void;
}

/** A running till. */
export interface Open extends Running {
  readonly till: Till;
  ask(path: string, asked?: Asked): Promise<Reply>;
  /** Waits until as many requests as that have come to their end. */
  over(requests?: number): Promise<void>;
  faults(): unknown[];
}

export async function openTill(
  platform: Platform,
  { options, outside = [], inside = [], filter, prepare }: Around = {},
): Promise<Open> {
  const till = new Till();
  const running = await run(
    platform,
    { profile: 'ietf', backend: till.ledger, shutdownMs: 20, ...options },
    {
      controllers: [TillController, ScopedController],
      providers: [
        { provide: Till, useValue: till },
        ...outside.map((useValue) => ({ provide: APP_INTERCEPTOR, useValue })),
        ...(filter ? [{ provide: APP_FILTER, useValue: filter }] : []),
      ],
      prepare: (app) => {
        app.useGlobalInterceptors(...inside);
        prepare?.(app);
      },
    },
  );
  return {
    ...running,
    till,
    ask: (path, asked = {}) => send(running.port, path, { key: 'k', ...asked }),
    over: (requests = 1) => until(() => running.events.filter(({ kind }) => kind === 'request').length >= requests),
    faults: () => running.events.filter(({ kind }) => kind === 'fault'),
  };
}

/** An interceptor of a few words. */
export function around(
  change: (handled: Observable<unknown>, context: ExecutionContext) => Observable<unknown>,
): NestInterceptor {
  return { intercept: (context: ExecutionContext, next: CallHandler) => change(next.handle(), context) };
}

/** Status and text, and whether it is told to be a replay. */
export function shown({ status, text, headers }: Reply): [number, string, boolean] {
  return [status, text, headers['idempotency-replayed'] === 'true'];
}

/** Sends a request whose client leaves when `when` has come, and waits until the server knows. */
export async function leave(open: Open, path: string, when: () => boolean): Promise<void> {
  const leaving = new AbortController();
  const server = open.app.getHttpServer() as { getConnections(told: (error: unknown, count: number) => void): void };
  const connections = (): Promise<number> => new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
  const gone = open.ask(path, { signal: leaving.signal }).catch(() => undefined);
  await until(when);
  const before = await connections();
  leaving.abort();
  await gone;
  while ((await connections()) >= before) await new Promise((again) => setTimeout(again, 2));
}
