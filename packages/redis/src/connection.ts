/** What a storage, a lock and a backend each have of Redis: a client, the names, bounded operations and the checks. */
import { judge } from './check.js';
import type { RedisCommand } from './command.js';
import { toError } from './faults.js';
import { names, type Names } from './keys.js';
import { Operations } from './operations.js';
import { settings, type RedisOptions, type RedisSettings } from './options.js';
import { toCommand, type RedisSource } from './source.js';

export class RedisConnection {
  readonly settings: RedisSettings;
  readonly names: Names;
  readonly client: RedisCommand;
  readonly operations: Operations;

  constructor(source: RedisSource, options: RedisOptions) {
    this.settings = settings(options);
    this.names = names(this.settings.prefix);
    this.client = toCommand(source, this.settings.onFault);
    this.operations = new Operations(this.client, this.settings.timeoutMs);
  }

  /** Refuses a server that cannot keep the promises, and returns warnings about what weakens them. A server that is down is a warning. */
  async check(): Promise<readonly string[]> {
    let infos: readonly string[];
    try {
      infos = await this.operations.within(this.client.info(), this.settings.timeoutMs);
    } catch (error) {
      return [...this.client.advice(), `Redis could not be checked: ${toError(error).message}`];
    }
    const { refusals, warnings } = judge(infos);
    if (refusals.length > 0) throw new Error(refusals.join(' '));
    return [...this.client.advice(), ...warnings];
  }
}
