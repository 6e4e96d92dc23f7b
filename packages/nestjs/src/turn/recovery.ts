/** Runs a route's `recover` in the place of its handler, after an earlier attempt died without an answer. */
import { isPlain } from '../request/encoders/write.js';
import type { Lapse, Recover, RecoveredAnswer } from '../settings/options.js';

export class Recovery {
  #isAsking = true;

  constructor(
    private readonly recover: Recover,
    private readonly lapse: Lapse,
    private readonly setStatus: (status: number) => unknown,
    private readonly onFailed: (callback: string, cause: unknown) => void,
  ) {}

  /** Whether it was never found out how the earlier attempt ended. To release the slot would then forget the lapse, and the next retry would run. */
  get hasFailed(): boolean {
    return this.#isAsking;
  }

  /** What was found is given as the handler's value would be; 'reexecute' runs `handler` after all. Nothing is made up for what is neither. */
  readonly instead = async (handler: () => unknown): Promise<unknown> => {
    const found = await this.#found();
    this.#isAsking = false;
    if (found === 'reexecute') return handler();
    if (found.status !== undefined) this.setStatus(found.status);
    return found.body;
  };

  async #found(): Promise<RecoveredAnswer | 'reexecute'> {
    try {
      const found: unknown = await this.recover(this.lapse);
      if (found === 'reexecute' || isAnswer(found)) return found;
      throw new TypeError(
        `\`recover\` must return 'reexecute', or an object of \`status\` (200 to 599) and \`body\`, or a promise of it.`,
      );
    } catch (cause) {
      this.onFailed('recover', cause);
      throw cause;
    }
  }
}

/** An object of other fields alone is what the other side said, not an answer: to a client it would be an empty success. */
function isAnswer(found: unknown): found is RecoveredAnswer {
  if (typeof found !== 'object' || found === null || !isPlain(found)) return false;
  const { status } = found as { readonly status?: unknown };
  const isStatus = status === undefined || (Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599);
  return isStatus && ('status' in found || 'body' in found || Object.keys(found).length === 0);
}
