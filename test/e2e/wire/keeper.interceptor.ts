/** The least that keeps an answer per key: a map. It drives the gate as the library's interceptor does. */
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { map, type Observable, of, from } from 'rxjs';
import type { Captured } from '../../../packages/nestjs/src/answer.js';
import { Gate } from '../../../packages/nestjs/src/gate.js';
import { listedHeaders } from '../../../packages/nestjs/src/listed-headers.js';
import { replay } from '../../../packages/nestjs/src/replay.js';

export class Keeper implements NestInterceptor {
  readonly kept = new Map<string, Captured>();
  private readonly keeps = listedHeaders(['x-app']);

  constructor(private readonly maxBodyBytes = 1024 * 1024) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const key = http.getRequest<{ headers: Record<string, string> }>().headers['idempotency-key'];
    if (key === undefined) return next.handle();
    const kept = this.kept.get(key);
    if (kept?.kind === 'answer') {
      const done = replay(context, kept.answer, kept.answer.status, [['idempotency-replayed', 'true']], this.keeps);
      return (done === undefined ? of(undefined) : from(done)).pipe(map(() => undefined));
    }
    const gate = Gate.on(http.getResponse(), { maxBodyBytes: this.maxBodyBytes, keeps: this.keeps });
    void gate.captured.then((captured) => {
      this.kept.set(key, captured);
      setImmediate(() => {
        gate.send();
      });
    });
    return next.handle();
  }
}
