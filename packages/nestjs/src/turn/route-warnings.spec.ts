/** What is told of a route is told once, and names the route and the cure. */
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { RoutePolicy } from '../settings/policy.js';
import { RouteWarnings } from './route-warnings.js';

const pay = { route: 'POST /pay' } as RoutePolicy;
const refund = { route: 'POST /refund' } as RoutePolicy;

let logged: string[];
beforeEach(() => {
  logged = [];
  const note = (line: unknown): void => void logged.push(String(line));
  jest.spyOn(Logger.prototype, 'warn').mockImplementation(note);
  jest.spyOn(Logger.prototype, 'error').mockImplementation(note);
});
afterEach(() => {
  jest.restoreAllMocks();
});

it('that a transaction was not asked for is told once for each route', () => {
  const warnings = new RouteWarnings();
  expect([warnings.unused(pay), warnings.unused(pay), warnings.unused(refund), warnings.unused(pay)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
  expect(logged).toEqual([
    expect.stringMatching(/^POST \/pay is transactional.*Inject what `joining\(…\)` gives/),
    expect.stringMatching(/^POST \/refund is transactional/),
  ]);
});

it('that a handler was run past its seam is told once for each route, whatever else was told of it', () => {
  const warnings = new RouteWarnings();
  warnings.unused(pay);
  for (const route of [pay, pay, refund, pay]) warnings.passed(route);
  expect(logged.slice(1)).toEqual([
    expect.stringMatching(/^POST \/pay was run past what protects it.*Hand all arguments on/),
    expect.stringMatching(/^POST \/refund was run past/),
  ]);
});
