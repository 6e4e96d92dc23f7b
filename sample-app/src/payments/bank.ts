/** A stand-in for a payment provider: it takes a charge at once and says later how it went. */
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { NewPayment } from './new-payment.js';

/** A charge as the provider tells it. */
export interface Payment extends NewPayment {
  readonly id: string;
  readonly status: 'pending' | 'captured';
}

@Injectable()
export class Bank {
  readonly #payments = new Map<string, Payment>();

  /** Begins a charge. Calling it twice charges twice. */
  charge({ order, cents }: NewPayment): Payment {
    const payment: Payment = { id: randomUUID(), order, cents, status: 'pending' };
    this.#payments.set(payment.id, payment);
    return payment;
  }

  /** How a charge stands: by the time anybody asks, the provider has captured it. */
  look(id: string): Payment | undefined {
    const payment = this.#payments.get(id);
    if (payment === undefined) return undefined;
    const captured: Payment = { ...payment, status: 'captured' };
    this.#payments.set(id, captured);
    return captured;
  }

  /** All charges there are. */
  charges(): readonly Payment[] {
    return [...this.#payments.values()];
  }
}
