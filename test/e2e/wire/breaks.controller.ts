/** Routes whose answers do not reach their client as they should. */
import { Readable } from 'node:stream';
import { Controller, Post, StreamableFile } from '@nestjs/common';
import { Observable, from, mergeMap } from 'rxjs';

/** What the test decides and counts: when a handler goes on, and how often one has run. */
export class Course {
  runs = 0;
  private open: () => void = () => undefined;
  private arrive: () => void = () => undefined;
  private going: Promise<void> = Promise.resolve();
  arrived: Promise<void> = Promise.resolve();

  /** Makes the next handlers wait for `go`. */
  halt(): void {
    this.going = new Promise((open) => (this.open = open));
    this.arrived = new Promise((arrive) => (this.arrive = arrive));
  }

  go(): void {
    this.open();
  }

  /** A handler runs here. */
  async pass(): Promise<number> {
    const run = ++this.runs;
    this.arrive();
    await this.going;
    return run;
  }
}

export const course = new Course();

async function* chunks(run: number, count: number, fails = false): AsyncGenerator<Buffer> {
  for (let i = 0; i < count; i++) yield await Promise.resolve(Buffer.alloc(10_000, `${String(run)}${String(i % 10)}`));
  if (fails) throw new Error('disk gone');
}

@Controller()
export class BreaksController {
  @Post('slow') async slow() {
    return { run: await course.pass() };
  }

  @Post('slow-observable') slowObservable() {
    return from(course.pass()).pipe(mergeMap((run) => [{ run }]));
  }

  @Post('torn-down') tornDown() {
    return new Observable((subscriber) => {
      void course.pass().then((run) => {
        subscriber.next({ run });
        subscriber.complete();
      });
    });
  }

  @Post('slow-file') async slowFile() {
    return new StreamableFile(Readable.from(chunks(await course.pass(), 3)));
  }

  @Post('slow-generator') async *slowGenerator() {
    yield* chunks(await course.pass(), 3);
  }

  @Post('long-object') async longObject() {
    return { run: await course.pass(), text: 'x'.repeat(200_000) };
  }

  @Post('long-file') async longFile() {
    return new StreamableFile(Readable.from(chunks(await course.pass(), 60)));
  }

  @Post('long-generator') async *longGenerator() {
    yield* chunks(await course.pass(), 60);
  }

  @Post('failing-file') async failingFile() {
    return new StreamableFile(Readable.from(chunks(await course.pass(), 2, true)));
  }

  @Post('failing-generator') async *failingGenerator() {
    yield* chunks(await course.pass(), 2, true);
  }

  @Post('failing-web-stream') async failingWebStream() {
    return Readable.toWeb(Readable.from(chunks(await course.pass(), 2, true)));
  }
}
