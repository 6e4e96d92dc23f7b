/** Bodies that are read asynchronously though they are in memory: the web's forms and blobs. */
import { digest, joinParts } from './digest.js';
import { below } from './fields.js';
import type { Writing } from './write.js';

/** Text for a `FormData` or a `Blob`, by its content; `undefined` for any other value. */
export function formText(body: unknown, { filter }: Writing): Promise<string> | undefined {
  // What nearly every body is: the globals below are slow to ask for.
  if (typeof body !== 'object' || body === null || Object.getPrototypeOf(body) === Object.prototype) return undefined;
  if (body instanceof Blob) return blobText(body).then((text) => `blob ${text}`);
  if (!(body instanceof FormData)) return undefined;
  const parts = [...body].filter(([name]) => below(filter, name) !== null);
  return Promise.all(
    parts.map(async ([name, value]) =>
      typeof value === 'string' ? joinParts('field', name, value) : joinParts('file', name, value.name, await blobText(value)),
    ),
  ).then((texts) => `form ${joinParts(...texts)}`);
}

async function blobText(blob: Blob): Promise<string> {
  return joinParts(blob.type, digest(new Uint8Array(await blob.arrayBuffer())));
}
