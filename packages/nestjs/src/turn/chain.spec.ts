/** What stands between a handler and its turn. */
import { expect, it } from '@jest/globals';
import { defer, Observable, of, Subject, Subscriber, throwError } from 'rxjs';
import { Chain } from './chain.js';

function chained(handled: Observable<unknown>) {
  const heard: unknown[] = [];
  let status = 201;
  let changes = 0;
  const chain = new Chain(handled, { status: () => status, chainChanged: () => void (changes += 1) });
  const listen = (): Subscriber<unknown> => {
    const subscriber = new Subscriber<unknown>({
      next: (value: unknown) => heard.push(value),
      error: (error: unknown) => heard.push(['error', error, chain.isOver]),
      complete: () => heard.push(['complete', chain.isOver]),
    } as Partial<Subscriber<unknown>> as Subscriber<unknown>);
    chain.run(subscriber);
    return subscriber;
  };
  return { chain, heard, listen, changes: () => changes, setStatus: (to: number) => (status = to) };
}

it('is over before those outside hear of its end', () => {
  const { chain, heard, listen } = chained(of(1));
  listen();
  expect(heard).toEqual([1, ['complete', true]]);
  expect(chain).toMatchObject({ isOver: true, hasFailed: false, isUnheard: false, hasEmitted: true, status: 201 });
});

it('has failed before those outside hear of its error', () => {
  const { chain, heard, listen } = chained(throwError(() => 'no'));
  listen();
  expect(heard).toEqual([['error', 'no', true]]);
  expect(chain).toMatchObject({ isOver: true, hasFailed: true, isUnheard: false, hasEmitted: false });
});

it('remembers the status at the last value, not one that those outside set', () => {
  const source = new Subject<number>();
  const { chain, listen, setStatus } = chained(source);
  listen();
  setStatus(202);
  source.next(1);
  setStatus(500);
  source.complete();
  expect(chain.status).toBe(202);
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
  expect([leaving.closed, chain.isUnheard, chain.hasEmitted]).toEqual([true, false, true]);
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
  const { chain, heard, listen, setStatus } = chained(defer(() => sources[runs++] as Subject<string>));
  listen().unsubscribe();
  expect(chain.isUnheard).toBe(true);
  listen();
  expect(chain).toMatchObject({ isUnheard: false, isOver: false });
  setStatus(400);
  sources[0]?.next('late');
  sources[0]?.error('late');
  expect(chain).toMatchObject({ isOver: false, hasFailed: false, hasEmitted: false, status: undefined });
  setStatus(201);
  sources[1]?.next('second');
  sources[1]?.complete();
  expect(chain).toMatchObject({ isOver: true, hasFailed: false, hasEmitted: true, status: 201 });
  expect(heard).toEqual(['second', ['complete', true]]);
});
