/** A program: sends three requests with one key to a route that `@nestjs/throttler` lets two through, and prints the statuses. */
import { Controller, Module, Post, UseGuards } from '@nestjs/common';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { IdempotencyKey, IdempotencyModule, type ProfileName } from 'nestjs-idempotency';
import { keyed, type Platform, serve } from './serve.js';

let runs = 0;

@Controller()
class Limited {
  @Post('limited')
  @UseGuards(ThrottlerGuard)
  @IdempotencyKey()
  limited(): object {
    return { runs: ++runs };
  }
}

const [platform, profile] = process.argv.slice(2) as [Platform, ProfileName];

@Module({
  imports: [
    IdempotencyModule.forRoot({ profile, conflictStatus: null, storeOnStatuses: [201, 429] }),
    ThrottlerModule.forRoot([{ ttl: 500, limit: 2 }]),
  ],
  controllers: [Limited],
})
class AppModule {}

await using server = await serve(platform, AppModule, undefined, { logger: false });
const statuses: number[] = [];
for (const key of ['a', 'a', 'b']) statuses.push((await keyed(server, '/limited', key)).status);
let again: Awaited<ReturnType<typeof keyed>>;
do again = await keyed(server, '/limited', 'b');
while (again.status === 429);
process.stdout.write(JSON.stringify({ statuses, again: again.json, replayed: again.headers.has('idempotency-replayed') }));
