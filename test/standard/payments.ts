/** An application for the requirements of the draft: payments that count their runs, and can be held while they run. */
import { Body, Controller, Delete, Get, HttpException, Module, Patch, Post, Put, Res, type Type } from '@nestjs/common';
import { IdempotencyKey, IdempotencyModule, type IdempotencyOptions } from 'nestjs-idempotency';

export interface Payment {
  readonly amount?: number;
  /** Answers with this status by throwing. */
  readonly fail?: number;
  /** Runs until `letGo()`. */
  readonly hold?: boolean;
}

/** What ran, and what it waits for. */
export class Runs {
  count = 0;
  #letGo: () => void = () => undefined;
  #held = Promise.resolve();
  #arrived: () => void = () => undefined;

  /** The next held payment: settles when it runs. */
  next(): Promise<void> {
    this.#held = new Promise((resolve) => {
      this.#letGo = resolve;
    });
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  letGo(): void {
    this.#letGo();
  }

  async hold(): Promise<void> {
    this.#arrived();
    await this.#held;
  }
}

/** An application of its own with `options`; `runs` sees its payments. */
export function payments(options: IdempotencyOptions, runs: Runs): Type {
  @Controller()
  class Payments {
    @Post('payments')
    @IdempotencyKey()
    async pay(
      @Body() { amount = 0, fail, hold }: Payment,
      @Res({ passthrough: true }) response: { header(name: string, value: string): void },
    ): Promise<object> {
      const run = ++runs.count;
      if (hold) await runs.hold();
      response.header('Location', `/payments/${run}`);
      if (fail !== undefined) throw new HttpException({ run, fail }, fail);
      return { run, amount };
    }

    @Post('refunds')
    @IdempotencyKey()
    refund(): object {
      return { run: ++runs.count };
    }

    @Post('uuids')
    @IdempotencyKey({ keyFormat: 'uuid' })
    uuids(): object {
      return { run: ++runs.count };
    }

    @Post('short')
    @IdempotencyKey({ keepMs: 50 })
    short(): object {
      return { run: ++runs.count };
    }

    @Post('plain')
    plain(): object {
      return { run: ++runs.count };
    }

    @Get('any')
    get(): object {
      return { run: ++runs.count };
    }

    @Put('any')
    put(): object {
      return { run: ++runs.count };
    }

    @Delete('any')
    delete(): object {
      return { run: ++runs.count };
    }

    @Patch('any')
    patch(): object {
      return { run: ++runs.count };
    }

    @Post('any')
    post(): object {
      return { run: ++runs.count };
    }
  }

  @Module({ imports: [IdempotencyModule.forRoot(options)], controllers: [Payments] })
  class AppModule {}
  return AppModule;
}
