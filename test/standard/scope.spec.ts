/** An application that knows its callers by cookies, and says nothing of whose key it is, is told of the leak. */
import { createRequire } from 'node:module';
import { Controller, type INestApplication, type LoggerService, Module, Post } from '@nestjs/common';
import { IdempotencyKey, IdempotencyModule, type IdempotencyOptions } from 'nestjs-idempotency';
import { keyed, PLATFORMS, type Platform, serve } from './serve.js';

// The package has no types of its own.
const cookieParser = createRequire(import.meta.url)('cookie-parser') as () => () => void;

@Controller()
class Orders {
  @Post('orders')
  @IdempotencyKey()
  create(): object {
    return {};
  }
}

/** Gives `app` cookies in the way of its platform. */
function withCookies(app: INestApplication): void {
  const fastify = app.getHttpAdapter().getInstance() as { decorateRequest?(name: string, value: unknown): void };
  // What @fastify/cookie does as seen from outside.
  if (fastify.decorateRequest) fastify.decorateRequest('cookies', null);
  else app.use(cookieParser());
}

async function warningsOf(
  platform: Platform,
  options: IdempotencyOptions,
  prepare?: (app: INestApplication) => void,
  cookie?: string,
): Promise<string[]> {
  const warnings: string[] = [];
  const logger: LoggerService = { log: () => undefined, error: () => undefined, warn: (text: string) => warnings.push(text) };
  @Module({ imports: [IdempotencyModule.forRoot({ profile: 'classic', ...options })], controllers: [Orders] })
  class AppModule {}
  await using server = await serve(platform, AppModule, prepare, { logger });
  for (let again = 0; again < 3; again += 1)
    await keyed(server, '/orders', `k${again}`, { headers: cookie === undefined ? {} : { cookie } });
  return warnings;
}

const LEAK =
  /knows its callers by cookies.*is given that one’s answer\. Give forRoot a `scope`, e\.g\. `scope: \(request\) => request\.user\.id`/;

describe.each(PLATFORMS)('on %s', (platform) => {
  it('is told at start-up, if it parses cookies', async () => {
    expect(await warningsOf(platform, {}, withCookies)).toEqual([expect.stringMatching(LEAK)]);
  });

  it('is told once, at the first request with a cookie, if its parser was not seen', async () => {
    expect(await warningsOf(platform, {}, undefined, 'sid=1')).toEqual([expect.stringMatching(LEAK)]);
  });

  it('is not told if it says whose key it is, or has no cookies', async () => {
    expect(await warningsOf(platform, { scope: () => 'u' }, withCookies, 'sid=1')).toEqual([]);
    expect(await warningsOf(platform, {})).toEqual([]);
  });
});
