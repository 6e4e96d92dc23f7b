/** What is told of a route once, by its first request of that kind. */
import { Logger } from '@nestjs/common';
import type { RoutePolicy } from '../settings/policy.js';

export class RouteWarnings {
  readonly #logger = new Logger('IdempotencyModule');
  readonly #told = new Set<string>();

  /** A transactional handler succeeded without its transaction. True the first time, when it is logged. */
  unused({ route }: RoutePolicy): boolean {
    if (!this.#isFirst(`unused ${route}`)) return false;
    this.#logger.warn(
      `${route} is transactional, and succeeded without having asked for its transaction: what it writes by another connection is not ` +
        'rolled back with it. Inject what `joining(…)` gives, or ask for the transaction; if it writes nothing, remove `transactional`.',
    );
    return true;
  }

  /** A handler was run past its seam. */
  passed({ route }: RoutePolicy): void {
    if (!this.#isFirst(`passed ${route}`)) return;
    this.#logger.error(
      `${route} was run past what protects it: somebody calls it without all the arguments that Nest gives. What it did is buried, or ` +
        'rolled back, as nobody knows how it ended. Hand all arguments on where it is wrapped, and wrap it on its class.',
    );
  }

  #isFirst(what: string): boolean {
    if (this.#told.has(what)) return false;
    this.#told.add(what);
    return true;
  }
}
