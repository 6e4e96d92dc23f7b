/** Which status is the handler's, while others may set one as well. */
import type { Exchange } from '../request/exchange.js';

export class StandingStatus {
  /** Set by somebody outside while the slot was looked up, who has answered meanwhile: it is not the handler's. */
  readonly #foreign: number;
  #atBegin: number;

  constructor(private readonly exchange: Pick<Exchange, 'response' | 'status'>) {
    this.#foreign = exchange.response.statusCode;
    this.#atBegin = this.#standing();
  }

  /** The handler begins; `isAnswered` where somebody has answered before. */
  began(isAnswered: boolean): void {
    if (!isAnswered) this.#atBegin = this.#standing();
  }

  /** While somebody else's answer is on its way, its status stands on the response, and the handler's is the one it began with. */
  now(isAnswered: boolean): number {
    return isAnswered ? this.#atBegin : this.#standing();
  }

  #standing(): number {
    const { response, status } = this.exchange;
    return response.statusCode === this.#foreign ? status : response.statusCode;
  }
}
