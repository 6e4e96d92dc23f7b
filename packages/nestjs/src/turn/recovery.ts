/** Runs a route's `recover` in the place of its handler, after an earlier attempt died without an answer. */
import type { Lapse, Recover } from '../settings/options.js';

export class Recovery {
  #isAsking = true;

  constructor(
    private readonly recover: Recover,
    private readonly lapse: Lapse,
    private readonly setStatus: (status: number) => unknown,
  ) {}

  /** Whether it was never found out how the earlier attempt ended. To release the slot would then forget the lapse, and the next retry would run. */
  get hasFailed(): boolean {
    return this.#isAsking;
  }

  /** What was found is given as the handler's value would be; 'reexecute' runs `handler` after all. */
  readonly instead = async (handler: () => unknown): Promise<unknown> => {
    const found = await this.recover(this.lapse);
    this.#isAsking = false;
    if (found === 'reexecute') return handler();
    if (found.status !== undefined) this.setStatus(found.status);
    return found.body;
  };
}
