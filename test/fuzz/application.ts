/** What is fuzzed: routes of every kind behind the library, and a lock that knows who holds it. */
import { Body, Controller, Delete, HttpException, Module, Patch, Post, Put, type Type, ValidationPipe } from '@nestjs/common';
import type { Claim, Lease } from '@nestjs-idempotency/core';
import { IsInt } from 'class-validator';
import { IdempotencyKey, IdempotencyModule, type IdempotencyOptions, MemoryLock } from 'nestjs-idempotency';

/** Counts the leases that are held, so that one nobody gives back is seen. */
export class CountingLock extends MemoryLock {
  readonly held = new Set<string>();

  override async acquire(lease: Lease, leaseMs: number, traceMs: number): Promise<Claim> {
    const claim = await super.acquire(lease, leaseMs, traceMs);
    if (claim.kind === 'won') this.held.add(lease.token);
    return claim;
  }

  override async release(lease: Lease): Promise<void> {
    await super.release(lease);
    this.held.delete(lease.token);
  }
}

class Numbered {
  @IsInt()
  n!: number;
}

@Controller()
@IdempotencyKey()
class Routes {
  @Post('plain')
  postPlain(@Body() body: unknown): object {
    return { type: typeof body };
  }

  @Patch('plain')
  patchPlain(): void {
    return undefined;
  }

  @Post('validated')
  validated(@Body(new ValidationPipe()) { n }: Numbered): object {
    if (n === 2) throw new HttpException('two', 402);
    return { n };
  }

  @Post('slow')
  async slow(): Promise<object> {
    await new Promise(setImmediate);
    return { slow: true };
  }

  @Put('slow')
  @IdempotencyKey({ optional: true, inFlight: 'reject' })
  putSlow(): Promise<object> {
    return this.slow();
  }

  @Post('strict')
  @IdempotencyKey({ keyFormat: /^k\d+$/, maxBodyBytes: 4 })
  strict(): string {
    return 'longer than four bytes';
  }

  @Delete('strict')
  strictDelete(): void {
    return undefined;
  }
}

export function application(options: IdempotencyOptions, lock: CountingLock): Type {
  @Module({ imports: [IdempotencyModule.forRoot({ ...options, lock: { use: lock } })], controllers: [Routes] })
  class AppModule {}
  return AppModule;
}
