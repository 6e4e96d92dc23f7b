/** The form in which a record lies in a cache: text, since caches may serialise to JSON, with its own deadline. Pure. */

/** What a cache gave back for a slot. */
export type Entry = { readonly kind: 'empty' } | { readonly kind: 'record'; readonly record: Uint8Array };

/** Bytes that no codec can read: what stands for an entry that is damaged, or not ours. */
const UNREADABLE = new Uint8Array(0);

const EMPTY: Entry = { kind: 'empty' };

const FORM = /^i1;(\d{1,16}|-);([A-Za-z0-9+/]*={0,2})$/;

/** The entry for `record`, kept until `untilMs`; `Infinity` means for ever. */
export function writeEntry(record: Uint8Array, untilMs: number): string {
  const until = Number.isFinite(untilMs) ? String(Math.ceil(untilMs)) : '-';
  return `i1;${until};${Buffer.from(record.buffer, record.byteOffset, record.byteLength).toString('base64')}`;
}

/** What `raw`, Keyv's own wrapping of an entry, says at `nowMs`. What cannot be understood is a record that nobody can read, never empty. */
export function readEntry(raw: unknown, nowMs: number): Entry {
  if (raw === undefined) return EMPTY;
  const value = typeof raw === 'object' && raw !== null && 'value' in raw ? raw.value : undefined;
  const form = typeof value === 'string' ? FORM.exec(value) : null;
  if (form === null) return { kind: 'record', record: UNREADABLE };
  const [, until = '', bytes = ''] = form;
  if (until !== '-' && nowMs >= Number(until)) return EMPTY;
  return { kind: 'record', record: new Uint8Array(Buffer.from(bytes, 'base64')) };
}
