/** When execution began: refusals by guards, pipes and throttlers are never kept, errors of the handler as the profile and the route say. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  BadRequestException,
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  ForbiddenException,
  HttpException,
  Injectable,
  Module,
  Param,
  ParseIntPipe,
  Post,
  UseGuards,
  ValidationPipe,
} from '@nestjs/common';
import { IsInt } from 'class-validator';
import { IdempotencyKey, IdempotencyModule, type IdempotencyOptions } from 'nestjs-idempotency';
import { type Answered, type Closing, keyed, PLATFORMS, serve } from './serve.js';

const execute = promisify(execFile);

class Amount {
  @IsInt()
  n!: number;
}

class DeclinedError extends HttpException {
  constructor() {
    super('declined', 402);
  }
}

class BusyError extends HttpException {
  constructor() {
    super('busy', 409);
  }
}

class LedgerError extends Error {}

@Injectable()
class Gatekeeper implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-user'] !== 'nobody';
  }
}

let runs = 0;
let failure: (() => Error) | undefined;

@Controller()
@UseGuards(Gatekeeper)
class Charges {
  @Post('charges/:id')
  @IdempotencyKey({ keepErrors: [LedgerError], releaseErrors: [BusyError] })
  charge(@Param('id', ParseIntPipe) id: number, @Body(new ValidationPipe()) { n }: Amount): object {
    runs += 1;
    if (failure) throw failure();
    return { id, n, runs };
  }
}

function moduleOf(options: IdempotencyOptions): new () => object {
  @Module({
    imports: [IdempotencyModule.forRoot(options)],
    controllers: [Charges],
    providers: [Gatekeeper],
  })
  class AppModule {}
  return AppModule;
}

const profiles = ['classic', 'ietf', 'stripe'] as const;

describe.each(PLATFORMS.flatMap((platform) => profiles.map((profile) => ({ platform, profile }))))(
  'on $platform, $profile',
  ({ platform, profile }) => {
    let server: Closing;
    const charge = (key: string, { id = '1', body = '{"n":1}', user = 'ann' } = {}): Promise<Answered> =>
      keyed(server, `/charges/${id}`, key, { body, headers: { 'x-user': user } });

    beforeAll(async () => {
      server = await serve(platform, moduleOf({ profile, conflictStatus: null }), undefined, { logger: false });
    });
    afterAll(() => server.close());
    beforeEach(() => {
      runs = 0;
      failure = undefined;
    });

    it('keeps no refusal of a guard', async () => {
      expect((await charge('guard', { user: 'nobody' })).status).toBe(403);
      expect((await charge('guard')).json).toEqual({ id: 1, n: 1, runs: 1 });
    });

    it('lets no refused caller reach a record', async () => {
      await charge('kept');
      expect((await charge('kept', { user: 'nobody' })).status).toBe(403);
    });

    it('keeps no refusal of a pipe, and lets the corrected request run under the same key', async () => {
      expect((await charge('pipe', { body: '{"n":"x"}' })).status).toBe(400);
      expect((await charge('pipe', { body: '{"n":"x"}' })).headers.has('idempotency-replayed')).toBe(false);
      expect((await charge('pipe')).json).toEqual({ id: 1, n: 1, runs: 1 });
      expect((await charge('parameter', { id: 'x' })).status).toBe(400);
      expect(runs).toBe(1);
    });

    // In a process of its own: `@nestjs/throttler` is CommonJS and loads Nest by `require`, which Jest cannot do on Node 20.
    it('keeps no refusal of a throttler', async () => {
      const { stdout } = await execute(process.execPath, ['tools/run.js', 'test/standard/throttled.ts', platform, profile]);
      expect(JSON.parse(stdout)).toEqual({ statuses: [201, 201, 429], again: { runs: 2 }, replayed: false });
    }, 30_000);

    it.each([
      ['a 402 of the handler', () => new DeclinedError(), 402, profile !== 'classic'],
      ['a 400 of the handler, which a pipe might have given', () => new BadRequestException(), 400, profile !== 'classic'],
      ['a 403 of the handler, which a guard might have given', () => new ForbiddenException(), 403, profile !== 'classic'],
      ['an unexpected error', () => new TypeError('x'), 500, profile === 'stripe'],
      ['an error of a class that is to be kept', () => new LedgerError(), 500, true],
      ['an error of a class that is to be released', () => new BusyError(), 409, false],
    ])('keeps %s by its rule', async (what, error, status, isKept) => {
      failure = error;
      const [first, retry] = [await charge(what.replaceAll(/\W+/g, '-')), await charge(what.replaceAll(/\W+/g, '-'))];
      expect([first.status, retry.status]).toEqual([status, status]);
      expect(runs).toBe(isKept ? 1 : 2);
      if (isKept) expect(retry.text).toBe(first.text);
    });

    it('marks a replay as the profile says', async () => {
      await charge('mark');
      const { headers } = await charge('mark');
      const marks = ['idempotency-replayed', 'idempotent-replayed'].filter((name) => headers.get(name) === 'true');
      expect(marks).toEqual({ classic: [], ietf: ['idempotency-replayed'], stripe: ['idempotent-replayed'] }[profile]);
    });
  },
);
