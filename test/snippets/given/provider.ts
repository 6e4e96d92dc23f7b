/** A payment provider's client: its charges carry keys of their own. */
interface Charge {
  readonly id: string;
  readonly amount: number;
}

const charges = new Map<string, Charge>();

export const provider = {
  charge(asked: { amount: number; idempotencyKey: string }, { signal }: { signal: AbortSignal }): Promise<Charge> {
    signal.throwIfAborted();
    const charge = charges.get(asked.idempotencyKey) ?? { id: `ch_${charges.size + 1}`, amount: asked.amount };
    charges.set(asked.idempotencyKey, charge);
    return Promise.resolve(charge);
  },

  findByKey: (idempotencyKey: string): Promise<Charge | undefined> => Promise.resolve(charges.get(idempotencyKey)),
};
