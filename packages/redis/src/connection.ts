/** What a storage, a lock and a backend each have of Redis: a client, the names, bounded operations and the checks. */
import { judge } from './check.js';
import type { OwnCommand, RedisCommand } from './command.js';
import { connecting } from './faults.js';
import { names, type Names } from './keys.js';
import { Operations } from './operations.js';
import { settings, type RedisOptions, type RedisSettings } from './options.js';
import { toCommand, type RedisSource, urlOf } from './source.js';
import { DriverMissingError } from './url.js';

export class RedisConnection {
  readonly #isOwn: boolean;
  readonly settings: RedisSettings;
  readonly names: Names;
  readonly client: RedisCommand | OwnCommand;
  readonly operations: Operations;

  constructor(maker: string, source: RedisSource, options: RedisOptions) {
    this.#isOwn = urlOf(source) !== undefined;
    this.settings = settings(maker, options);
    this.names = names(this.settings.prefix);
    this.client = toCommand(source, this.settings.onFault);
    this.operations = new Operations(this.client, this.settings.timeoutMs);
  }

  /** Ends the client that was made from a URL here; one that was given is its owner's to end. */
  async close(): Promise<void> {
    if (this.#isOwn && 'close' in this.client) await this.client.close();
  }

  /**
   * Refuses a server that cannot keep the promises, or a URL without a driver, and returns warnings about what weakens them.
   * A server that is down is a warning. What was closed is open again.
   */
  async check(): Promise<readonly string[]> {
    let infos: readonly string[];
    try {
      infos = await this.operations.within(this.client.info(), this.settings.timeoutMs);
    } catch (error) {
      if (error instanceof DriverMissingError) throw error;
      return [
        ...this.client.advice(),
        `${this.operations.redis} could not be checked: ${connecting(error, this.client.whyDown?.()).message}`,
      ];
    }
    const { refusals, warnings } = judge(infos);
    if (refusals.length > 0) throw new Error(refusals.join(' '));
    return [...this.client.advice(), ...warnings];
  }
}
