/** A manual handler that returns the kept answer gives it again as it was, status and all. */
import type { Answer, KeptRecord } from '@nestjs-idempotency/core';
import { map, type Observable } from 'rxjs';

export class GivenBack {
  /** The kept answer, once the handler has returned it. */
  answer: Answer | undefined;

  constructor(private readonly kept: KeptRecord | undefined) {}

  /** `handled`, in which the kept answer becomes nothing for those outside: it does not go through their serializers. */
  watch(handled: Observable<unknown>): Observable<unknown> {
    if (this.kept?.kind !== 'answer') return handled;
    const { answer } = this.kept;
    return handled.pipe(
      map((value) => {
        if (value !== answer) return value;
        this.answer = answer;
        return undefined;
      }),
    );
  }
}
