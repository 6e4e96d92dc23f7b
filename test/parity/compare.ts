/** Compares an answer with what a case expects. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Reply } from './client.js';
import type { Expectation } from './format.js';

type Check<Expected> = (reply: Reply, expected: Expected) => readonly string[];

const CHECKS: { readonly [Member in keyof Expectation]-?: Check<NonNullable<Expectation[Member]>> } = {
  status: ({ status }, expected) => equal('status', status, expected),
  reason: ({ reason }, expected) => equal('reason', reason, expected),
  body: ({ text }, expected) => equal('body', text, expected),
  json: ({ text }, expected) => equal('json', parsed(text), expected),
  json_has: ({ text }, expected) => has('json', parsed(text), expected),
  flags: ({ text }, expected) => has('flags', member(parsed(text), 'flags'), expected),
  headers: ({ headers }, expected) =>
    Object.entries(expected).flatMap(([name, value]) => equal(`header ${name}`, headers[name.toLowerCase()] ?? null, value)),
};

/** The differences between `reply` and `expected`, as sentences; none when they agree. */
export function differences(reply: Reply, expected: Expectation): readonly string[] {
  return Object.entries(expected).flatMap(([name, value]) => {
    const check = (CHECKS as Readonly<Record<string, Check<unknown> | undefined>>)[name];
    // A member that is not understood is not passed over: the case would seem to hold.
    return check === undefined ? [`\`${name}\` is expected, which this runner does not know`] : check(reply, value);
  });
}

function equal(what: string, actual: unknown, expected: unknown): readonly string[] {
  if (isDeepStrictEqual(actual, expected)) return [];
  return [`${what} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`];
}

function has(what: string, actual: unknown, expected: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(expected).flatMap(([name, value]) => equal(`${what}.${name}`, member(actual, name), value));
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Text that is no JSON is compared as it stands, so that the difference shows it.
    return text;
  }
}
