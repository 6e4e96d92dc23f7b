/** What stands between a handler and its turn. */
import { expect, it } from '@jest/globals';
import { defer, Observable, of, Subject, Subscriber, throwError } from 'rxjs';
import { Chain } from './chain.js';

function chained(handled: Observable<unknown>) {
  const heard: unknown[] = [];
  const handler = { hasGiven: true, isRunning: false };
  let changes = 0;
  const chain = new Chain(handled, {
    get hasGiven() {
      return handler.hasGiven;
    },
    get isRunning() {
      return handler.isRunning;
    },
    chainChanged: () => void (changes += 1),
  });
  const listen = (): Subscriber<unknown> => {
    const subscriber = new Subscriber<unknown>({
      next: (value: unknown) => heard.push(value),
      error: (error: unknown) => heard.push(['error', error, chain.isOver]),
      complete: () => heard.push(['complete', chain.isOver]),
    } as Partial<Subscriber<unknown>> as Subscriber<unknown>);
    chain.run(subscriber);
    return subscriber;
  };
  return { chain, heard, listen, handler, changes: () => changes };
}

it('is over before those outside hear of its end', () => {
  const { chain, heard, listen } = chained(of(1));
  listen();
  expect(heard).toEqual([1, ['complete', true]]);
  expect(chain).toMatchObject({ isOver: true, hasFailed: false, isUnheard: false, hasGiven: true, isAhead: false });
});

it('has failed before those outside hear of its error', () => {
  const { chain, heard, listen } = chained(throwError(() => 'no'));
  listen();
  expect(heard).toEqual([['error', 'no', true]]);
  expect(chain).toMatchObject({ isOver: true, hasFailed: true, isUnheard: false, hasGiven: false });
});

it('has given nothing of the handler where somebody inside gives something before it, and is ahead of it', () => {
  const source = new Subject<string>();
  const { chain, listen, handler } = chained(source);
  Object.assign(handler, { hasGiven: false, isRunning: true });
  listen();
  source.next('pending');
  source.complete();
  expect(chain).toMatchObject({ isOver: true, hasGiven: false, isAhead: true });
});

it('has given what one of two that listen at once was given, whichever came last', () => {
  const sources = [new Subject<string>(), new Subject<string>()];
  let runs = 0;
  const { chain, listen } = chained(defer(() => sources[runs++] as Subject<string>));
  listen();
  listen();
  sources[0]?.next('first');
  sources[0]?.complete();
  expect(chain).toMatchObject({ isOver: true, hasGiven: true });
});

it('had given something where it is asked once more afterwards', () => {
  const { chain, listen } = chained(of(1));
  listen();
  chain.run(new Subscriber());
  expect(chain.hadGiven).toBe(true);
});

it('goes on when those outside leave, and is unheard', () => {
  const source = new Subject<number>();
  const { chain, listen, changes } = chained(source);
  listen().unsubscribe();
  expect([chain.isUnheard, chain.isOver, source.observed, changes()]).toEqual([true, false, true, 1]);
  source.next(1);
  source.complete();
  expect([chain.isOver, changes()]).toEqual([true, 2]);
});

it('is not unheard by those who leave upon what it emitted, or at its end', () => {
  const source = new Subject<number>();
  const { chain, listen } = chained(source);
  const subscriber = listen();
  subscriber.add(source.subscribe(() => undefined));
  const leaving = new Subscriber<unknown>({ next: () => leaving.unsubscribe() } as Partial<
    Subscriber<unknown>
  > as Subscriber<unknown>);
  chain.run(leaving);
  source.next(1);
  expect([leaving.closed, chain.isUnheard, chain.isLeft, chain.hasGiven]).toEqual([true, false, true, true]);
  chain.leave();
  expect([chain.isUnheard, chain.isOver]).toEqual([false, true]);
  const ended = chained(of(1));
  ended.listen().unsubscribe();
  expect(ended.chain.isUnheard).toBe(false);
});

it('is unheard by one who has left before it began, and runs all the same', () => {
  let runs = 0;
  const { chain } = chained(defer(() => ((runs += 1), new Subject())));
  const gone = new Subscriber<unknown>();
  gone.unsubscribe();
  chain.run(gone);
  expect([chain.isUnheard, runs]).toEqual([true, 1]);
});

it('is opened again by a further subscription, and what comes of the one before is nobody’s', () => {
  const sources = [new Subject<string>(), new Subject<string>()];
  let runs = 0;
  const { chain, heard, listen } = chained(defer(() => sources[runs++] as Subject<string>));
  listen().unsubscribe();
  expect(chain.isUnheard).toBe(true);
  listen();
  expect(chain).toMatchObject({ isUnheard: false, isOver: false });
  sources[0]?.next('late');
  sources[0]?.error('late');
  expect(chain).toMatchObject({ isOver: false, hasFailed: false, hasGiven: false, hadGiven: false });
  sources[1]?.next('second');
  sources[1]?.complete();
  expect(chain).toMatchObject({ isOver: true, hasFailed: false, hasGiven: true });
  expect(heard).toEqual(['second', ['complete', true]]);
});
