/** Controllers that are made for each request, or for each tenant, are protected as those that are made once. */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Inject, Injectable, Post, Scope } from '@nestjs/common';
import { type ContextId, ContextIdFactory, type ContextIdStrategy, type HostComponentInfo, REQUEST } from '@nestjs/core';
import { IdempotencyKey } from 'nestjs-idempotency';
import { until } from './orders.js';
import { closeAll, run } from './running.js';
import { type Reply, send } from './send.js';
import { PLATFORMS } from './serve.js';

/** What was made and what ran. Made once. */
@Injectable()
class Ledger {
  made = 0;
  readonly ran: string[] = [];
  held: Promise<void> = Promise.resolve();

  async pay(who: string): Promise<object> {
    this.ran.push(who);
    await this.held;
    return { who, run: this.ran.length };
  }
}

interface Tenanted {
  readonly headers: Readonly<Record<string, string | undefined>>;
}

@Injectable({ scope: Scope.REQUEST })
class Caller {
  constructor(
    @Inject(REQUEST) readonly request: Tenanted,
    @Inject(Ledger) ledger: Ledger,
  ) {
    ledger.made += 1;
  }

  get name(): string {
    return String(this.request.headers['x-tenant']);
  }
}

/** Made once for each tenant, whose name is its payload. */
@Injectable({ scope: Scope.REQUEST, durable: true })
class Tenant {
  constructor(
    @Inject(REQUEST) readonly payload: { readonly tenant: string },
    @Inject(Ledger) ledger: Ledger,
  ) {
    ledger.made += 1;
  }

  get name(): string {
    return this.payload.tenant;
  }
}

@Controller({ path: 'scoped', scope: Scope.REQUEST })
class ScopedController {
  constructor(
    @Inject(Caller) private readonly caller: Caller,
    @Inject(Ledger) private readonly ledger: Ledger,
  ) {}

  @Post() @IdempotencyKey() pay(): Promise<object> {
    return this.ledger.pay(this.caller.name);
  }
}

/** Says nothing of a scope: what it depends on does. */
@Controller('bubbled')
class BubbledController {
  constructor(
    @Inject(Caller) private readonly caller: Caller,
    @Inject(Ledger) private readonly ledger: Ledger,
  ) {}

  @Post() @IdempotencyKey() pay(): Promise<object> {
    return this.ledger.pay(this.caller.name);
  }
}

@Controller('durable')
class DurableController {
  constructor(
    @Inject(Tenant) private readonly tenant: Tenant,
    @Inject(Ledger) private readonly ledger: Ledger,
  ) {}

  @Post() @IdempotencyKey() pay(): Promise<object> {
    return this.ledger.pay(this.tenant.name);
  }
}

/** The strategy of Nest's documentation: one sub-tree of providers for each tenant. */
class ByTenant implements ContextIdStrategy<Tenanted> {
  readonly #tenants = new Map<string, ContextId>();

  attach(contextId: ContextId, request: Tenanted) {
    const tenant = String(request.headers['x-tenant']);
    const ofTenant = this.#tenants.get(tenant) ?? { id: Math.random() };
    this.#tenants.set(tenant, ofTenant);
    return {
      resolve: ({ isTreeDurable }: HostComponentInfo) => (isTreeDurable ? ofTenant : contextId),
      payload: { tenant },
    };
  }
}

ContextIdFactory.apply(new ByTenant());

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  const open = async () => {
    const ledger = new Ledger();
    const { port, logged } = await run(
      platform,
      { profile: 'ietf', scope: (request) => String(request.headers['x-tenant']), lock: { timeoutMs: 20_000 } },
      {
        controllers: [ScopedController, BubbledController, DurableController],
        providers: [{ provide: Ledger, useValue: ledger }, Caller, Tenant],
      },
    );
    const pay = (path: string, tenant: string, key: string): Promise<Reply> =>
      send(port, path, { key, headers: { 'x-tenant': tenant } });
    return { ledger, logged, pay };
  };

  it.each(['/scoped', '/bubbled', '/durable'])('%s: runs once for each key and tenant, and answers the retry', async (path) => {
    const { ledger, logged, pay } = await open();
    const first = await pay(path, 'ann', 'k');
    expect([first.status, first.text]).toEqual([201, '{"who":"ann","run":1}']);
    const again = await pay(path, 'ann', 'k');
    expect([again.text, again.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
    expect((await pay(path, 'bob', 'k')).text).toBe('{"who":"bob","run":2}');
    expect((await pay(path, 'ann', 'other')).text).toBe('{"who":"ann","run":3}');
    expect([ledger.ran, logged]).toEqual([['ann', 'bob', 'ann'], []]);
  });

  it.each(['/scoped', '/bubbled', '/durable'])(
    '%s: of twenty at once with one key, one runs and all are answered',
    async (path) => {
      const { ledger, pay } = await open();
      let letGo = (): void => undefined;
      ledger.held = new Promise((resolve) => (letGo = resolve));
      const key = randomUUID();
      const all = Promise.all(Array.from({ length: 20 }, () => pay(path, 'ann', key)));
      // A controller of each request has been made for all twenty; that of a tenant once.
      await until(() => ledger.made === (path === '/durable' ? 1 : 20) && ledger.ran.length === 1);
      letGo();
      expect(new Set((await all).map(({ status, text }) => `${status} ${text}`))).toEqual(new Set(['201 {"who":"ann","run":1}']));
      expect(ledger.ran).toEqual(['ann']);
    },
  );
});
