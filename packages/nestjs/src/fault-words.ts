/** Faults and errors in words that may be logged: names and codes, never the text of a driver, which may hold what a client sent. Pure. */
import type { Fault } from '@nestjs-idempotency/core';

/** Codes of Node, of Prisma and of SQL: none can hold a sentence, nor a key. */
const CODE = /^(?:E[A-Z0-9]{2,20}|ERR_[A-Z0-9_]{1,40}|P\d{4}|(?:\d[0-9A-Z]|F0|HV|P0|XX)[0-9A-Z]{3})$/;

/** Causes of causes that are told. */
const DEPTH = 3;

/** The kind of `fault`, the function that failed, the slot, which is a digest, and what it was caused by. */
export function describeFault(fault: Fault): string {
  const about = [
    ...('callback' in fault ? [`\`${fault.callback}\``] : []),
    ...(fault.slot === undefined ? [] : [`slot ${fault.slot}`]),
    ...('attempt' in fault ? [`attempt ${fault.attempt}`] : []),
  ];
  const cause = 'cause' in fault ? `: ${causes(fault.cause)}` : '';
  return `${fault.kind} (${about.join(', ')})${cause}`;
}

/** The class of an error, and its code if that is one of a known form. Never throws. */
export function errorName(error: unknown): string {
  try {
    if (typeof error !== 'object' || error === null) return `a ${typeof error}`;
    // Not its `name`, which anybody can set; not by `instanceof`, as it may come from another realm.
    const prototype = Object.getPrototypeOf(error) as { readonly constructor?: { readonly name: string } } | null;
    const { code } = error as { readonly code?: unknown };
    const name = prototype?.constructor?.name ?? 'an object';
    return typeof code === 'string' && CODE.test(code) ? `${name} ${code}` : name;
  } catch {
    // A property of it threw: nothing about it can be told.
    return 'an error';
  }
}

/** An error, and what it was caused by. */
function causes(error: unknown): string {
  const names: string[] = [];
  let at = error;
  for (let depth = 0; depth < DEPTH && at !== undefined; depth += 1) {
    names.push(errorName(at));
    at = causeOf(at);
  }
  return names.join(', caused by ');
}

function causeOf(error: unknown): unknown {
  try {
    return typeof error === 'object' && error !== null ? (error as { readonly cause?: unknown }).cause : undefined;
  } catch {
    // As above.
    return undefined;
  }
}
