/**
 * `import` and `require` load a copy of our packages each, and an application may come to have both: one by itself, one by a library that
 * it uses. The two are one to it: a request is protected once, whichever copy marked its handler, and whichever protects it.
 * Without decorators, as this file is run as it stands.
 */
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Body, Controller, Injectable, Module, Post, UseInterceptors } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';

const require = createRequire(import.meta.url);
const NAMES = { nestjs: 'nestjs-idempotency', core: '@nestjs-idempotency/core', postgres: '@nestjs-idempotency/postgres' };
const imported = {};
const required = {};
for (const [short, name] of Object.entries(NAMES)) {
  imported[short] = await import(name);
  required[short] = require(name);
}

/** Decorates as the compiler does it. */
function decorated(type, methods, ...decorators) {
  for (const [name, { types, own, parameters = [] }] of Object.entries(methods)) {
    Reflect.defineMetadata('design:paramtypes', types, type.prototype, name);
    parameters.forEach((decorator, index) => decorator(type.prototype, name, index));
    for (const decorator of own.toReversed())
      decorator(type.prototype, name, Object.getOwnPropertyDescriptor(type.prototype, name));
  }
  for (const decorator of decorators.toReversed()) decorator(type);
  return type;
}

/** A controller, and a service that counts what is told, marked by the copy `by`; it binds the interceptor of its copy as well. */
function ordersBy(by) {
  const made = { times: 0, outcomes: [], interceptors: new Set() };
  class Told {
    constructor(events, policies) {
      assert.equal(policies.document().operations.length, 1);
      events.subscribe((event) => made.outcomes.push(event.outcome));
    }
  }
  Reflect.defineMetadata('design:paramtypes', [by.nestjs.IdempotencyEvents, by.nestjs.IdempotencyPolicies], Told);
  class OrdersController {
    async create(order, state) {
      made.times += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { id: made.times, item: order.item, key: state.key };
    }
  }
  const create = {
    types: [Object, Object],
    own: [Post(), by.nestjs.IdempotencyKey()],
    parameters: [Body(), by.nestjs.IdempotencyState()],
  };
  decorated(OrdersController, { create }, Controller('orders'), UseInterceptors(by.nestjs.IdempotencyInterceptor));
  Injectable()(Told);
  return { made, OrdersController, Told };
}

const adapters = { express: () => new ExpressAdapter(), fastify: () => new FastifyAdapter() };

async function started({ OrdersController, Told }, imports, adapter) {
  class AppModule {}
  Module({ imports, controllers: [OrdersController], providers: [Told] })(AppModule);
  const app = await NestFactory.create(AppModule, adapter(), { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address();
  const post = async (key) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const response = await fetch(`http://127.0.0.1:${port}/orders`, { method: 'POST', headers, body: '{"item":"tea"}' });
    return { status: response.status, replayed: response.headers.get('idempotency-replayed'), body: await response.text() };
  };
  return { app, post };
}

async function protectsOnce(marks, serves, adapter) {
  const orders = ordersBy(marks);
  // Again with the same controller, as in the tests of an application: what the first left on it is still there.
  for (const round of [1, 2]) {
    orders.made.outcomes = [];
    const { app, post } = await started(orders, [serves.nestjs.IdempotencyModule.forRoot({ profile: 'ietf' })], adapter);
    const body = `{"id":${round},"item":"tea","key":"one"}`;
    const atOnce = await Promise.all([post('one'), post('one')]);
    assert.deepEqual(atOnce.map(({ status }) => status).sort(), [201, 409]);
    assert.deepEqual(await post('one'), { status: 201, replayed: 'true', body });
    assert.equal(orders.made.times, round, 'the handler ran once');
    assert.deepEqual(orders.made.outcomes.sort(), ['executed', 'in-progress', 'replayed'], 'one copy served each request, once');
    await app.close();
  }
  // And one of the other copy, whose module finds the handler wrapped.
  const other = serves === imported ? required : imported;
  const { app, post } = await started(orders, [other.nestjs.IdempotencyModule.forRoot({ profile: 'ietf' })], adapter);
  assert.equal((await post('one')).body, '{"id":3,"item":"tea","key":"one"}');
  assert.equal((await post('one')).replayed, 'true');
  assert.equal(orders.made.times, 3);
  const parameters = Reflect.getMetadata('__routeArguments__', orders.OrdersController, 'create');
  assert.equal(Object.keys(parameters).length, 3, 'the handler was wrapped once');
  await app.close();
}

async function refusesTwoModules(adapter) {
  const modules = [imported, required].map(({ nestjs }) => nestjs.IdempotencyModule.forRoot({ profile: 'ietf' }));
  await assert.rejects(started(ordersBy(required), modules, adapter), (error) => {
    assert.match(error.message, /IdempotencyModule is set up 2 times/);
    for (const { nestjs } of [imported, required]) assert.ok(error instanceof nestjs.IdempotencyConfigError);
    return true;
  });
}

async function knowsErrors(throws, serves, adapter) {
  const encoder = {
    encode: () => {
      throw new throws.nestjs.BodyRefusedError('too-large');
    },
  };
  const orders = ordersBy(throws);
  const { app, post } = await started(orders, [serves.nestjs.IdempotencyModule.forRoot({ profile: 'ietf', encoder })], adapter);
  assert.equal((await post('one')).status, 413);
  assert.equal(orders.made.times, 0);
  await app.close();
  for (const name of ['IdempotencyUnavailableError', 'IdempotencyConflictError', 'IdempotencyHandlerError'])
    assert.ok(new throws.core[name]('lost') instanceof serves.core[name], name);
}

/** The transaction of a backend of one copy, asked for by the other. */
async function sharesTransactions(begins, asks) {
  const tx = { of: 'this request' };
  const sql = { query: async () => ({ rows: [] }) };
  const source = { ...sql, transaction: (work) => work(sql, tx) };
  const backend = new begins.postgres.PostgresBackend(source, { purgeEveryMs: false });
  assert.equal(asks.postgres.currentTransactionIfAny(), undefined);
  await backend.transaction(async () => {
    assert.equal(asks.postgres.currentTransaction(), tx);
    asks.postgres.outsideTransaction(() => assert.equal(begins.postgres.currentTransactionIfAny(), undefined));
  });
  await backend.close();
}

for (const short of Object.keys(NAMES)) assert.notEqual(imported[short], required[short]);
assert.notEqual(imported.nestjs.IdempotencyModule, required.nestjs.IdempotencyModule, 'there are two copies');
for (const name of Object.keys(imported.nestjs).filter((name) => /^IDEMPOTENCY_/.test(name)))
  assert.equal(imported.nestjs[name], required.nestjs[name], `${name} is one token`);

for (const [one, other] of [
  [imported, required],
  [required, imported],
]) {
  await sharesTransactions(one, other);
  for (const adapter of Object.values(adapters)) {
    await protectsOnce(one, other, adapter);
    await knowsErrors(one, other, adapter);
  }
}
for (const adapter of Object.values(adapters)) await refusesTwoModules(adapter);
