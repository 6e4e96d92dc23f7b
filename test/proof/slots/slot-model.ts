/** One slot as the ports describe it, without bytes, clocks or concurrency: what every real store must agree with, call by call. */

/** Who was the last to hold the slot. */
export interface ModelHolder {
  readonly token: string;
  readonly fingerprint: string;
  readonly attempt: number;
  readonly isLive: boolean;
}

/** What a claim comes to. */
export type ModelClaim =
  { readonly kind: 'won'; readonly attempt: number } | { readonly kind: 'held'; readonly fingerprint: string };

/** A write-once register beside a lock with a memory of lapses. */
export class SlotModel {
  record: string | undefined;
  holder: ModelHolder | undefined;

  open(token: string, fingerprint: string, evenIfKept: boolean): { record: string | undefined; claim: ModelClaim | undefined } {
    if (this.record !== undefined && !evenIfKept) return { record: this.record, claim: undefined };
    return { record: this.record, claim: this.#claim(token, fingerprint) };
  }

  #claim(token: string, fingerprint: string): ModelClaim {
    const last = this.holder;
    if (last?.isLive && last.token !== token) return { kind: 'held', fingerprint: last.fingerprint };
    const attempt = last === undefined ? 1 : last.token === token ? last.attempt : last.attempt + 1;
    this.holder = { token, fingerprint, attempt, isLive: true };
    return { kind: 'won', attempt };
  }

  lapse(): void {
    if (this.holder) this.holder = { ...this.holder, isLive: false };
  }

  expire(): void {
    this.record = undefined;
  }

  renew(token: string): 'kept' | 'lost' {
    if (this.holder?.token !== token) return 'lost';
    this.holder = { ...this.holder, isLive: true };
    return 'kept';
  }

  release(token: string): void {
    if (this.holder?.token === token) this.holder = undefined;
  }

  /** The record that is in the way, if there is one. */
  settle(token: string, record: string): string | undefined {
    const held = this.record;
    this.record ??= record;
    this.release(token);
    return held;
  }

  /** The same: the last holder replaces, and nobody else does. */
  resettle(token: string, record: string): string | undefined {
    if (this.holder?.token === token) this.record = undefined;
    return this.settle(token, record);
  }
}
