/** Runs a route's `recover` in the place of its handler, after an earlier attempt died without an answer. */
import { defer, mergeMap, type Observable, of } from 'rxjs';
import type { Lapse, Recover } from '../settings/options.js';

export class Recovery {
  #isAsking = true;

  constructor(
    private readonly recover: Recover,
    private readonly lapse: Lapse,
  ) {}

  /** Whether it was never found out how the earlier attempt ended. To release the slot would then forget the lapse, and the next retry would run. */
  get hasFailed(): boolean {
    return this.#isAsking;
  }

  /** What was found is emitted as the handler's value would be; `execute` runs the handler after all. */
  handle(execute: () => Observable<unknown>, setStatus: (status: number) => void): Observable<unknown> {
    return defer(() => this.recover(this.lapse)).pipe(
      mergeMap((found) => {
        this.#isAsking = false;
        if (found === 'reexecute') return execute();
        if (found.status !== undefined) setStatus(found.status);
        return of(found.body);
      }),
    );
  }
}
