/** The application that an interceptor's play visits: real Nest on either platform, of which only the engine's clock and stores are the play's. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Controller, Post, Res, UseInterceptors } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { IdempotencyKey, IdempotencyModule } from 'nestjs-idempotency';
import { Engines, type Seat } from '../../../packages/nestjs/src/backends/engines.js';
import { LEASE_MS, type Plan } from './plan.js';
import { HOLD_AT_MOST_MS, KEEP_MS, SLOT } from './play.js';
import { Breaking, InnerFallback, InnerTimeout, Surroundings } from './surroundings.js';
import { type Answering, during, type Visit, visit } from './visit.js';

/** Express's response, or Fastify's reply. */
interface Response {
  readonly raw?: ServerResponse;
  status(code: number): Response;
  send(body: string): unknown;
}

const answering =
  (response: Response): Answering =>
  (body, insists) => {
    const raw = response.raw ?? (response as unknown as ServerResponse);
    if (insists) raw.setHeader('x-insists', 'true');
    if (raw.headersSent || raw.writableEnded) return false;
    response.status(201).send(body);
    return true;
  };

@Controller('given')
@UseInterceptors(Breaking, InnerFallback)
class GivenController {
  @Post('reexecute')
  @IdempotencyKey()
  reexecute(): unknown {
    return visit().give();
  }

  @Post('unknown')
  @IdempotencyKey({ afterLapse: 'unknown' })
  unknown(): unknown {
    return visit().give();
  }

  @Post('transactional')
  @IdempotencyKey({ transactional: true })
  transactional(): unknown {
    return visit().give();
  }
}

@Controller('answered')
@UseInterceptors(Breaking, InnerTimeout)
class AnsweredController {
  @Post('reexecute')
  @IdempotencyKey()
  reexecute(@Res() response: Response): Promise<void> {
    return visit().answer(answering(response));
  }

  @Post('unknown')
  @IdempotencyKey({ afterLapse: 'unknown' })
  unknown(@Res() response: Response): Promise<void> {
    return visit().answer(answering(response));
  }

  @Post('transactional')
  @IdempotencyKey({ transactional: true })
  transactional(@Res() response: Response): Promise<void> {
    return visit().answer(answering(response));
  }
}

/** The route that a plan plays on. */
export const pathOf = ({ isByItself, isTransactional, afterLapse }: Plan): string =>
  `/${isByItself ? 'answered' : 'given'}/${isTransactional ? 'transactional' : afterLapse}`;

const PROTECTED = IdempotencyModule.forRoot({
  profile: 'ietf',
  leaseMs: LEASE_MS,
  keepMs: KEEP_MS,
  holdAtMostMs: HOLD_AT_MOST_MS,
  preferWaitAtMostMs: 1_000,
  encoder: {
    encode: ({ raw }) => {
      visit().asks();
      return { slot: SLOT, fingerprint: String(raw.headers['x-fingerprint']) };
    },
  },
  onEvent: (event) => {
    if (event.kind === 'request') visit().tell(event.outcome);
    else visit().fault(event.fault);
  },
});

/** A server that listens nowhere: connections are given to it. `visited` finds what a request is to meet, `seat` who gives it its turn. */
export async function serve(
  platform: Plan['platform'],
  visited: (request: IncomingMessage) => Visit,
  seat: Seat,
): Promise<Server> {
  const engines: Pick<Engines, 'of' | 'has'> = { of: () => seat, has: () => false };
  const testing = Test.createTestingModule({
    imports: [Surroundings, PROTECTED],
    controllers: [GivenController, AnsweredController],
  });
  const module = await testing.overrideProvider(Engines).useValue(engines).compile();
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = module.createNestApplication<NestFastifyApplication>(adapter, {
    bodyParser: false,
    logger: false,
  });
  await app.init();
  if (platform === 'fastify') await app.getHttpAdapter().getInstance().ready();
  const server = app.getHttpServer();
  type Listener = (request: IncomingMessage, response: ServerResponse) => void;
  const instance: unknown = app.getHttpAdapter().getInstance();
  const framework = (platform === 'express' ? instance : server.listeners('request')[0]) as Listener;
  return server.removeAllListeners('request').on('request', (request, response) => {
    const one = visited(request);
    void one.intrusion.then(() => {
      intrude(response);
    });
    during(one, () => {
      framework(request, response);
    });
  });
}

/** As a middleware does that answers while others run. */
function intrude(response: ServerResponse): void {
  if (response.headersSent || response.writableEnded) return;
  response.statusCode = 503;
  response.setHeader('content-type', 'application/json');
  response.end('{"reason":"intruder"}');
}
