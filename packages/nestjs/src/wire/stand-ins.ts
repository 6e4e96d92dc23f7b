/** What stands in for the methods of a response: each asks the valve, and without one does what stood there before. */
import type { ServerResponse } from 'node:http';
import type { Taken, Valve } from './valve.js';

export type Method = (this: unknown, ...args: unknown[]) => unknown;

export const METHODS = ['writeHead', 'flushHeaders', 'write', 'end', 'setHeader', 'appendHeader', 'removeHeader'] as const;

export type Methods = Record<(typeof METHODS)[number], Method>;

/** What a response says of itself that the valve knows better. */
export const SEEN = ['headersSent', 'writableEnded'] as const;

/** Where stand-ins stand: on one response, or on the prototype of many. */
export interface Place {
  valveOf(response: ServerResponse): Valve | undefined;
  /** The methods that the response would have without them. */
  before(response: ServerResponse): Methods;
  /** Where what the response says of itself would be looked up without them. */
  above(response: ServerResponse): object;
}

/** One set of stand-ins for a place, and the getters next to them. */
export interface StandIns {
  readonly methods: Methods;
  readonly seen: Record<(typeof SEEN)[number], PropertyDescriptor>;
}

export function standIns(place: Place): StandIns {
  const own = (name: (typeof SEEN)[number], seen: 'begun' | 'ended'): PropertyDescriptor => ({
    configurable: true,
    get(this: ServerResponse): unknown {
      const valve = place.valveOf(this);
      return valve === undefined ? Reflect.get(place.above(this), name, this) : valve[seen];
    },
  });
  return {
    methods: methodsAt(place),
    seen: { headersSent: own('headersSent', 'begun'), writableEnded: own('writableEnded', 'ended') },
  };
}

function methodsAt(place: Place): Methods {
  const mayChange = (response: ServerResponse): boolean => {
    const valve = place.valveOf(response);
    return valve === undefined || !valve.begun || valve.admitsHeader();
  };
  const methods = {
    writeHead(this: ServerResponse, ...args: unknown[]): unknown {
      const valve = place.valveOf(this);
      if (valve === undefined) return place.before(this).writeHead.apply(this, args);
      valve.writeHead(args);
      return this;
    },

    flushHeaders(this: ServerResponse): unknown {
      const valve = place.valveOf(this);
      return valve === undefined ? place.before(this).flushHeaders.call(this) : void valve.flushHeaders();
    },

    write(this: ServerResponse, chunk: unknown, encoding?: unknown, taken?: unknown): unknown {
      const valve = place.valveOf(this);
      if (valve === undefined) return place.before(this).write.call(this, chunk, encoding, taken);
      if (typeof encoding === 'function') return valve.write(chunk, undefined, encoding as Taken);
      return valve.write(chunk, encoding, typeof taken === 'function' ? (taken as Taken) : undefined);
    },

    end(this: ServerResponse, chunk?: unknown, encoding?: unknown, taken?: unknown): unknown {
      const valve = place.valveOf(this);
      if (valve === undefined) return place.before(this).end.call(this, chunk, encoding, taken);
      if (typeof chunk === 'function') valve.end(undefined, undefined, chunk as Taken);
      else if (typeof encoding === 'function') valve.end(chunk, undefined, encoding as Taken);
      else valve.end(chunk, encoding, typeof taken === 'function' ? (taken as Taken) : undefined);
      return this;
    },

    setHeader(this: ServerResponse, name: unknown, value: unknown): unknown {
      if (!mayChange(this)) return this;
      const said = place.before(this).setHeader.call(this, name, value);
      place.valveOf(this)?.headerChanged?.(name);
      return said;
    },

    appendHeader(this: ServerResponse, name: unknown, value: unknown): unknown {
      if (!mayChange(this)) return this;
      const said = place.before(this).appendHeader.call(this, name, value);
      place.valveOf(this)?.headerChanged?.(name);
      return said;
    },

    removeHeader(this: ServerResponse, name: unknown): void {
      if (!mayChange(this)) return;
      place.before(this).removeHeader.call(this, name);
      place.valveOf(this)?.headerChanged?.(name);
    },
  };
  return methods as Methods;
}
