/** Schedules of the real interceptor in a real Nest application: clients have connections and leave, and somebody outside gives up waiting. */
import { Observable } from 'rxjs';
import type { RequestOutcome } from 'nestjs-idempotency';
import type { PlannedDelivery } from './plan.js';
import { type Heard, Play, type Played, type Player, type Process } from './play.js';
import { type Came, Site } from './site.js';
import { onVirtualTime } from './virtual-time.js';

/** What plays schedules on two applications that are made once. */
export async function interceptorPlayer(): Promise<Player> {
  const sites = [await Site.open(), await Site.open()] as const;
  return (scheduler, plan) => new InterceptorPlay(scheduler, plan, sites).toTheEnd();
}

const HOW: Partial<Record<RequestOutcome, (Heard & { kind: 'answer' })['how']>> = {
  executed: 'kept',
  replayed: 'replay',
  superseded: 'superseded',
  deferred: 'deferred',
};

/** What the engine calls the refusals that clients are told by other names. */
const REASONS: Readonly<Record<string, string>> = {
  'in-progress': 'running',
  'key-reused': 'mismatch',
  'outcome-unknown': 'unknown',
  'answer-not-kept': 'unkept',
  'store-unavailable': 'IdempotencyUnavailableError',
};

class InterceptorPlay extends Play {
  constructor(
    scheduler: Parameters<Player>[0],
    plan: Parameters<Player>[1],
    private readonly sites: readonly [Site, Site],
  ) {
    super(scheduler, plan);
    sites[0].seat(this.processes[0]);
    sites[1].seat(this.processes[1]);
  }

  /** Plays with what else in this process has timers on the play's clock. */
  override async toTheEnd(): Promise<Played> {
    using _ = onVirtualTime(this.clock);
    return await super.toTheEnd();
  }

  protected async deliver(delivery: PlannedDelivery, name: string, { isDead }: Process): Promise<Heard | undefined> {
    const { leaves, timesOut, waitMs, fingerprint } = delivery;
    let tell!: (outcome: RequestOutcome) => void;
    const told = new Promise<RequestOutcome>((resolve) => (tell = resolve));
    const asked = this.sites[delivery.process].ask(
      name,
      `/${this.plan.afterLapse}`,
      { 'x-fingerprint': fingerprint, ...(waitMs > 0 && { prefer: 'wait=1' }) },
      {
        handle: () => this.#handler(delivery, name, isDead),
        limit: timesOut ? this.yields(`somebody outside gives ${name} up`) : new Promise(() => undefined),
        tell,
        fault: (fault) => this.faults.push(fault),
      },
    );
    if (leaves) void this.yields(`the client of ${name} leaves`).then(() => asked.leave());
    // Each request comes to an end that is told, whether or not somebody still listens.
    const [came, outcome] = await Promise.all([asked.came, told]);
    return came && heardIn(came, outcome);
  }

  /** Emits the answer, and ends a yield point later. Nobody stops it. */
  #handler(delivery: PlannedDelivery, name: string, isDead: () => boolean): Observable<string> {
    return new Observable((subscriber) => {
      this.handle(delivery, name, isDead).then(
        (value) => {
          subscriber.next(value);
          void this.yields(`${name} ends`).then(() => {
            if (!isDead()) subscriber.complete();
          });
        },
        (error: unknown) => {
          subscriber.error(error);
        },
      );
    });
  }
}

function heardIn({ status, isReplay, body }: Came, outcome: RequestOutcome): Heard {
  if (status === 201) {
    const how = HOW[outcome];
    if (how && isReplay === (how === 'replay' || how === 'superseded')) return { kind: 'answer', value: body, how };
    return { kind: 'refusal', reason: `an answer that was called ${outcome}${isReplay ? ', marked as a replay' : ''}` };
  }
  if (status === 408) return { kind: 'refusal', reason: 'timeout' };
  if (status === 500) return { kind: 'refusal', reason: 'handler failed' };
  const { reason } = JSON.parse(body) as { reason?: string };
  return { kind: 'refusal', reason: REASONS[String(reason)] ?? body };
}
