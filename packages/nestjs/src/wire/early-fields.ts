/**
 * Fields that are put on a response before Express has it. Express gives each response another prototype, and from then on V8 makes a
 * hidden class of its own for every property that is put on one: nearly two kilobytes each. A field that stands there before costs nothing.
 */
import type { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';

/** Puts the fields `first` and `second`, which stand empty, on each response of `server`. */
export function putFieldsEarly(server: EventEmitter | undefined, first: symbol, second: symbol): void {
  server?.prependListener('request', (_: unknown, response: ServerResponse) => {
    const fields = response as unknown as Record<symbol, unknown>;
    // Who hands a request on to another server hands its response on as it is.
    if (!(first in response)) fields[first] = undefined;
    if (!(second in response)) fields[second] = undefined;
  });
}
