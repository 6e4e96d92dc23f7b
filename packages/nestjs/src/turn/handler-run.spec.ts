/** What a handler tells of itself. */
import { Readable } from 'node:stream';
import { expect, it } from '@jest/globals';
import { StreamableFile } from '@nestjs/common';
import { first, firstValueFrom, lastValueFrom, type Observable, of, Subject, throwError } from 'rxjs';
import { HandlerRun, type Instead } from './handler-run.js';

const HANDLER = {};

interface Around {
  readonly instead?: Instead;
  readonly inScope?: (work: () => unknown) => unknown;
  readonly isHeard?: boolean;
}

function observed({ instead, inScope, isHeard = true }: Around = {}) {
  const told: string[] = [];
  const stopping = new AbortController();
  const watch = {
    status: () => 201,
    began: () => void told.push('began'),
    ended: () => void told.push('ended'),
    isHeard,
    signal: stopping.signal,
  };
  const run = new HandlerRun(watch, instead, inScope);
  const handle = (handler: () => unknown, named: object = HANDLER): unknown => run.run(handler, named);
  return { run, handle, told, stop: () => stopping.abort() };
}

const boom = new Error('boom');

it.each<[string, () => unknown, unknown]>([
  ['a value', () => 7, 7],
  ['nothing', () => undefined, undefined],
  ['a promise', () => Promise.resolve(7), 7],
])('one that gives %s has returned it, with the status of that moment', async (_, handler, value) => {
  const { run, handle, told } = observed();
  expect(run.facts).toEqual({ kind: 'idle' });
  expect(await handle(handler)).toBe(value);
  expect(run.facts).toEqual({ kind: 'returned', value, status: 201 });
  expect(told).toEqual(['began', 'ended']);
});

it('runs until its promise is settled', async () => {
  const { run, handle, told } = observed();
  let settle = (_: number): void => undefined;
  const given = handle(() => new Promise<number>((resolve) => (settle = resolve)));
  expect([run.facts, told]).toEqual([{ kind: 'running' }, ['began']]);
  settle(1);
  await given;
  expect(run.facts.kind).toBe('returned');
});

it.each<[string, () => unknown]>([
  [
    'at once',
    () => {
      throw boom;
    },
  ],
  ['later', () => Promise.reject(boom)],
  ['within its Observable', () => throwError(() => boom)],
  ['within the Observable of its promise', () => Promise.resolve(throwError(() => boom))],
  [
    'where its value is looked at',
    () => ({
      get then(): never {
        throw boom;
      },
    }),
  ],
  [
    'where what looks like an Observable is subscribed to',
    () => ({
      lift: () => undefined,
      subscribe: () => {
        throw boom;
      },
    }),
  ],
  [
    'where what looks like an Observable, and is promised, is subscribed to',
    () =>
      Promise.resolve({
        lift: () => undefined,
        subscribe: () => {
          throw boom;
        },
      }),
  ],
])('one that throws %s has thrown, and its caller hears of it', async (_, handler) => {
  const { run, handle, told } = observed();
  const call = async (): Promise<unknown> => {
    const given = await handle(handler);
    return lastValueFrom(given as Observable<unknown>);
  };
  await expect(call()).rejects.toBe(boom);
  expect(run.facts).toEqual({ kind: 'threw', error: boom });
  expect(told).toEqual(['began', 'ended']);
});

it('asks a lazy thenable once', async () => {
  let asked = 0;
  const query = {
    then(resolve: (rows: number) => void) {
      asked += 1;
      resolve(asked);
    },
  };
  const given = observed().handle(() => query);
  expect([await given, await given, asked]).toEqual([1, 1, 1]);
});

it('has returned when its Observable is complete, though its listener left before', async () => {
  const source = new Subject<number>();
  const { run, handle } = observed();
  const one = firstValueFrom((handle(() => source) as Observable<number>).pipe(first()));
  source.next(1);
  expect([await one, run.facts.kind]).toEqual([1, 'running']);
  source.next(2);
  source.complete();
  expect(run.facts).toEqual({ kind: 'returned', value: 2, status: 201 });
});

it.each(['before', 'after'])(
  'an Observable without end is stopped when its time is over, which is %s its listener left',
  (when) => {
    const source = new Subject<number>();
    const { run, handle, stop } = observed();
    const listener = (handle(() => source) as Observable<number>).subscribe();
    if (when === 'before') stop();
    expect(run.facts.kind).toBe('running');
    listener.unsubscribe();
    if (when === 'after') stop();
    expect([run.facts.kind, source.observed]).toEqual(['threw', false]);
  },
);

it('an Observable that somebody listens to is not stopped', () => {
  const source = new Subject<number>();
  const { run, handle, stop } = observed();
  const seen: number[] = [];
  (handle(() => source) as Observable<number>).subscribe((value) => seen.push(value));
  stop();
  source.next(1);
  expect([run.facts.kind, seen]).toEqual(['running', [1]]);
});

it('whoever asks while it runs is given what that run gives, and after it what it gave', async () => {
  const { run, handle, told } = observed();
  let settle = (_: unknown): void => undefined;
  const slow = handle(() => new Promise((resolve) => (settle = resolve)));
  const beside = handle(() => Promise.resolve('second'));
  expect([run.facts.kind, told]).toEqual(['running', ['began']]);
  settle('first');
  expect([await slow, await beside, handle(() => 'third')]).toEqual(['first', 'first', 'first']);
  expect([run.facts, told]).toEqual([{ kind: 'returned', value: 'first', status: 201 }, ['began', 'ended']]);
});

it('runs again after it has thrown, and its last end counts', async () => {
  const { run, handle, told } = observed();
  const failing = handle(() => Promise.reject(boom));
  const beside = handle(() => Promise.resolve('second'));
  await expect(failing).rejects.toBe(boom);
  await expect(beside).rejects.toBe(boom);
  expect(handle(() => 'again')).toBe('again');
  expect([run.facts, told]).toEqual([{ kind: 'returned', value: 'again', status: 201 }, ['began', 'ended', 'began', 'ended']]);
});

it('one that threw while nobody listened says so once to who asks, and runs again only then', async () => {
  const { handle, told } = observed({ isHeard: false });
  await expect(handle(() => Promise.reject(boom))).rejects.toBe(boom);
  expect(() => handle(() => 'again')).toThrow(boom);
  expect(told).toEqual(['began', 'ended']);
  expect(handle(() => 'again')).toBe('again');
});

it.each([
  ['a stream', () => Readable.from(['a'])],
  ['a file', () => new StreamableFile(Buffer.from('a'))],
])('%s that it gave once is not given again, as its first reader may have ended it', async (_, give) => {
  const { handle } = observed();
  const running = handle(() => Promise.resolve(give()));
  const beside = handle(() => 'second');
  await running;
  await expect(beside).rejects.toThrow('it can be read only once');
  expect(() => handle(() => 'third')).toThrow('it can be read only once');
});

it('what stands in for it does not so for a handler that is reached from within', async () => {
  let asked = 0;
  const { handle } = observed({ instead: async (handler) => (await Promise.resolve((asked += 1)), handler()) });
  const nested = (): unknown => handle(() => 'nested', {});
  expect([await handle(nested), asked]).toEqual(['nested', 1]);
});

it('runs in the scope that it is given', () => {
  const scopes: string[] = [];
  const { handle } = observed({
    inScope: (work) => {
      scopes.push('in');
      return work();
    },
  });
  expect([handle(() => of(1)) === undefined, scopes]).toEqual([false, ['in']]);
});

it('does not begin when its turn is over', () => {
  const { run, handle, told } = observed();
  run.close();
  let runs = 0;
  expect(() => handle(() => (runs += 1))).toThrow('answered before its handler began');
  expect([runs, told, run.facts.kind]).toEqual([0, [], 'idle']);
});
