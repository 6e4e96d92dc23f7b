/** An Observable of a handler runs to its end, whoever listens. */
import { expect, it } from '@jest/globals';
import { first, lastValueFrom, Observable, of, Subject, throwError, toArray } from 'rxjs';
import { WholeObservable } from './whole-observable.js';

function watched(source: Observable<unknown>): { whole: WholeObservable; told: unknown[] } {
  const told: unknown[] = [];
  const whole = new WholeObservable(source, {
    ended: (last) => told.push(['ended', last]),
    failed: (error) => told.push(['failed', error]),
    orphaned: () => told.push('orphaned'),
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
  expect(told).toEqual([['ended', 3]]);
});

it('tells of an end that came before its consumer did, with the last value', async () => {
  const { whole, told } = watched(of(1, 2));
  expect(told).toEqual([['ended', 2]]);
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
  expect([await one, told, source.observed]).toEqual([1, ['orphaned'], true]);
  source.next(2);
  source.complete();
  expect(told).toEqual(['orphaned', ['ended', 2]]);
});

it('leaves its consumer an error that nobody else hears of', () => {
  const source = new Subject<number>();
  const { whole, told } = watched(source);
  whole.asObservable().subscribe().unsubscribe();
  const error = new Error('late');
  source.error(error);
  expect(told).toEqual(['orphaned', ['failed', error]]);
});

it('can be stopped, after which it has failed, and only then', () => {
  const source = new Subject<number>();
  const { whole, told } = watched(source);
  whole.stop();
  whole.stop();
  expect([source.observed, told]).toEqual([false, [['failed', expect.objectContaining({ name: 'StoppedError' })]]]);
  const ended = watched(of(1));
  ended.whole.stop();
  expect(ended.told).toEqual([['ended', 1]]);
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
