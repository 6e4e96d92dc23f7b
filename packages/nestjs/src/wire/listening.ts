/** Hears of those who ask a response for events. */
import type { ServerResponse } from 'node:http';

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- Node's own type of a listener.
export type Listener = Function;
export type On = (this: unknown, event: string | symbol, listener: Listener) => ServerResponse;

/** Puts an `on` before the response's own that hears of whoever asks for one of `events`, and gives what takes it off again. */
export function listening(
  response: ServerResponse,
  events: readonly string[],
  heard: (event: string, listener: Listener) => void,
): { on: On; stop: () => void } {
  const patched = response as unknown as { on: On };
  const { on } = patched;
  patched.on = (asked, listener) => {
    if (typeof asked !== 'string' || !events.includes(asked)) return on.call(response, asked, listener);
    heard(asked, listener);
    return response;
  };
  return {
    on,
    stop: () => {
      patched.on = on;
    },
  };
}
