/** One process of an interceptor's play, and the connections to it: they are in memory, so that they take no time of their own. */
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request, type Server } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import type { Engine, IdempotencyBackend } from '@nestjs-idempotency/core';
import { serve } from './application.js';
import type { Plan } from './plan.js';
import type { Visit } from './visit.js';

/** What a client reads. */
export interface Came {
  readonly status: number;
  readonly isReplay: boolean;
  readonly type: string;
  readonly body: string;
}

/** A request under way. */
export interface Asked {
  /** Nothing, if the client has left before. */
  readonly came: Promise<Came | undefined>;
  /** The client closes its connection. */
  leave(): void;
}

/** Who gives its requests their turn: an engine of each play, which lives by the play's clock. */
interface Seated {
  readonly engine: Engine;
  readonly backend: IdempotencyBackend;
}

/** What the start is shown, before anybody plays: it asks only whether there are transactions. */
const NOBODYS = { transaction: () => Promise.reject(new Error('Nobody plays.')) } as unknown as IdempotencyBackend;

export class Site {
  readonly #visits = new Map<string, Visit>();
  readonly #connections = new Set<Duplex>();
  #seated: Seated | undefined;
  #server!: Server;

  static async open(platform: Plan['platform']): Promise<Site> {
    const site = new Site();
    const seat = {
      get engine() {
        return site.#seat.engine;
      },
      get backend() {
        return site.#seated?.backend ?? NOBODYS;
      },
    };
    site.#server = await serve(platform, (asked) => site.#visitOf(asked), seat);
    return site;
  }

  /** Forgets the play before. */
  seat(seated: Seated): void {
    this.#seated = seated;
    this.#visits.clear();
    // Those to a process that died would never end, and the server would remember each.
    for (const connection of this.#connections) connection.destroy();
    this.#connections.clear();
  }

  ask(name: string, path: string, headers: Record<string, string>, visit: Visit): Asked {
    this.#visits.set(name, visit);
    const [near, far] = duplexPair();
    this.#server.emit('connection', far);
    this.#connections.add(far).add(near);
    let hasLeft = false;
    const sent = request({
      createConnection: () => near,
      method: 'POST',
      path,
      headers: { ...headers, 'idempotency-key': '"key"', 'x-name': name, connection: 'close' },
    });
    const came = read(sent.end()).catch((error: unknown) => {
      if (hasLeft) return undefined;
      throw error;
    });
    const leave = () => {
      hasLeft = true;
      near.destroy();
      far.destroy();
    };
    return { came, leave };
  }

  get #seat(): Seated {
    if (!this.#seated) throw new Error('Nobody plays.');
    return this.#seated;
  }

  #visitOf({ headers }: IncomingMessage): Visit {
    const visit = this.#visits.get(String(headers['x-name']));
    if (!visit) throw new Error('A request came that nobody sent.');
    return visit;
  }
}

async function read(sent: ClientRequest): Promise<Came> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const isReplay = answer.headers['idempotency-replayed'] === 'true';
  const type = answer.headers['content-type'] ?? '';
  return { status: answer.statusCode ?? 0, isReplay, type, body: Buffer.concat(chunks).toString() };
}
