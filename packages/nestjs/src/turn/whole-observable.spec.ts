/** An Observable of a handler runs to its end, whoever listens. */
import { expect, it } from '@jest/globals';
import { first, lastValueFrom, Observable, of, Subject, throwError, toArray } from 'rxjs';
import { WholeObservable } from './whole-observable.js';

function watched(source: Observable<unknown>, isStopping = false): { whole: WholeObservable; told: unknown[] } {
  const told: unknown[] = [];
  const whole = new WholeObservable(source, {
    gives: () => undefined,
    ended: ({ last, count }) => told.push(['ended', last, count]),
    failed: (error) => told.push(['failed', error]),
    unheard: (unheard) => {
      told.push('unheard');
      if (isStopping) unheard.stop();
    },
  });
  return { whole, told };
}

it('hands on what came before its consumer, and what comes after, in order', async () => {
  const source = new Subject<number>();
  const { whole, told } = watched(source);
  source.next(1);
  source.next(2);
  const all = lastValueFrom(whole.asObservable().pipe(toArray()));
  source.next(3);
  source.complete();
  expect(await all).toEqual([1, 2, 3]);
  expect(told).toEqual(['unheard', ['ended', 3, 3]]);
});

it('tells of an end that came before its consumer did, with the last value', async () => {
  const { whole, told } = watched(of(1, 2));
  expect(told).toEqual([['ended', 2, 2]]);
  expect(await lastValueFrom(whole.asObservable())).toBe(2);
});

it('tells of an error that came before its consumer did, once', async () => {
  const error = new Error('early');
  const { whole, told } = watched(throwError(() => error));
  await expect(lastValueFrom(whole.asObservable())).rejects.toBe(error);
  expect(told).toEqual([['failed', error]]);
});

it('goes on when its consumer leaves upon the first value', async () => {
  const source = new Subject<number>();
  const { whole, told } = watched(source);
  const one = lastValueFrom(whole.asObservable().pipe(first()));
  source.next(1);
  expect([await one, told, source.observed]).toEqual([1, ['unheard', 'unheard'], true]);
  source.next(2);
  source.complete();
  expect(told).toEqual(['unheard', 'unheard', ['ended', 2, 2]]);
});

it('leaves its consumer an error that nobody else hears of', () => {
  const source = new Subject<number>();
  const { whole, told } = watched(source);
  whole.asObservable().subscribe().unsubscribe();
  const error = new Error('late');
  source.error(error);
  expect(told).toEqual(['unheard', 'unheard', ['failed', error]]);
});

it('can be stopped, after which it has failed, and only then', () => {
  const source = new Subject<number>();
  const { whole, told } = watched(source);
  whole.stop();
  whole.stop();
  expect([source.observed, told]).toEqual([false, ['unheard', ['failed', expect.objectContaining({ name: 'StoppedError' })]]]);
  const ended = watched(of(1));
  ended.whole.stop();
  expect(ended.told).toEqual([['ended', 1, 1]]);
});

it('is subscribed to once, whoever subscribes to it', () => {
  let runs = 0;
  const { whole } = watched(
    new Observable((subscriber) => {
      runs += 1;
      subscriber.next(runs);
    }),
  );
  whole.asObservable().subscribe();
  whole.asObservable().subscribe();
  expect(runs).toBe(1);
});

it('is not over before what it gave is: a promise among it is work of the handler', async () => {
  let settle = (_: string): void => undefined;
  const { told } = watched(of(new Promise<string>((resolve) => (settle = resolve))));
  expect(told).toEqual([]);
  settle('done');
  await Promise.resolve();
  expect(told).toEqual([['ended', 'done', 1]]);
});

it('has failed where its last promise is rejected, as Nest awaits that one', async () => {
  const error = new Error('late');
  const { whole, told } = watched(of(Promise.resolve(1), Promise.reject(error)));
  await expect(lastValueFrom(whole.asObservable())).rejects.toBe(error);
  expect(told).toEqual([['failed', error]]);
});

it('asks a lazy thenable once', async () => {
  let runs = 0;
  const lazy = { then: (done: (value: number) => void) => done((runs += 1)) };
  const { whole } = watched(of(lazy));
  expect([await lastValueFrom(whole.asObservable()), runs]).toEqual([1, 1]);
});

it('can be stopped before anybody has come, and holds no more for them than it can', () => {
  const source = new Subject<number>();
  const { whole, told } = watched(source);
  for (let i = 0; i < 2_000; i += 1) source.next(i);
  const heard: unknown[] = [];
  whole.asObservable().subscribe({ next: (value) => heard.push(value), error: (error) => heard.push(String(error)) });
  expect(heard).toEqual([expect.stringContaining('1000 values before anybody listened')]);
  whole.stop();
  expect([source.observed, told.at(-1)]).toEqual([false, ['failed', expect.objectContaining({ name: 'StoppedError' })]]);
});

it('is stopped at once where its time is over already', () => {
  const source = new Subject<number>();
  const { told } = watched(source, true);
  expect([source.observed, told]).toEqual([false, ['unheard', ['failed', expect.objectContaining({ name: 'StoppedError' })]]]);
});
