/** Reads what a slot holds, and what a client was shown: of which execution it is, and whether it went through the application's own chain. */
import { envelope } from '@nestjs-idempotency/core';

/** All that is shown goes through an interceptor or a filter of the application, which marks it. */
export const SHOWN = 'shown:';

/** What an answer says. */
export interface Shown {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** What a slot's content says of an execution; `undefined` for a tombstone. */
export interface KeptExecution {
  /** Whether it was rendered, or waits for a retry to render it. */
  readonly kind: 'answer' | 'unrendered';
  readonly value: string;
  readonly fingerprint: string;
  /** All of it, where it was rendered. */
  readonly shown?: string;
}

/** Which execution an answer tells of; `undefined` where it was not made by a handler, or not shown by the application. */
export function valueShown({ status, body }: Shown): string | undefined {
  if (status === 201) return body.startsWith(SHOWN) ? body.slice(SHOWN.length) : undefined;
  if (status !== 402) return undefined;
  const { shown } = JSON.parse(body) as { shown?: unknown };
  return typeof shown === 'string' ? shown : undefined;
}

export const allOf = ({ status, type, body }: Shown): string => `${String(status)} ${type} ${body}`;

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** Throws where the slot holds what nobody gave, or was not shown as it is held. */
export async function executionIn(content: string, slot: string): Promise<KeptExecution | undefined> {
  const record = await envelope.decode(Buffer.from(content, 'base64'), slot);
  if (record.kind === 'unreadable') throw new Error('The slot holds bytes that nobody wrote.');
  if (record.kind === 'tombstone') return undefined;
  const { fingerprint } = record;
  if (record.kind === 'value') {
    const { status, value } = JSON.parse(textOf(record.bytes)) as { status: number; value: unknown };
    if (status === 201 && typeof value === 'string') return { kind: 'unrendered', value, fingerprint };
    throw new Error(`The slot holds a value that no handler gave: ${textOf(record.bytes)}`);
  }
  if (record.kind === 'failure') {
    const { status, response } = record.data as unknown as { status: number; response: { raw?: string } };
    if (status === 402 && response.raw !== undefined) return { kind: 'unrendered', value: response.raw, fingerprint };
    throw new Error(`The slot holds a failure that no handler threw: ${record.name}, ${String(status)}`);
  }
  const { status, headers, body } = record.answer;
  const type = headers.find(([name]) => name === 'content-type')?.[1] ?? '';
  const shown = { status, type, body: textOf(body) };
  const value = valueShown(shown);
  if (value === undefined) throw new Error(`The slot holds an answer that was not shown by the application: ${allOf(shown)}`);
  return { kind: 'answer', value, fingerprint, shown: allOf(shown) };
}
