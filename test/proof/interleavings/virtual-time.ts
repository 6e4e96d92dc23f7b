/** Puts the timers of this process on a virtual clock: what reads no clock that it was given lives by it, too. */
import type { Clock } from '@nestjs-idempotency/core';

/** From now on `setTimeout` runs by `clock`, until disposed of. Timers of Node's own modules stay real. */
export function onVirtualTime(clock: Clock): Disposable {
  const real = globalThis.setTimeout;
  const virtual = (then: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
    const cancel = clock.after(ms, () => {
      then(...args);
    });
    const timer = { unref: () => timer, [Symbol.dispose]: cancel };
    return timer;
  };
  globalThis.setTimeout = virtual as unknown as typeof setTimeout;
  return {
    [Symbol.dispose]() {
      globalThis.setTimeout = real;
    },
  };
}
