/** A handler that several controllers have, by inheritance, is protected in each of them, whichever Nest finds first. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Param, Post, type Type } from '@nestjs/common';
import { IdempotencyKey } from 'nestjs-idempotency';
import { until } from './orders.js';
import { closeAll, run } from './running.js';
import { type Reply, send } from './send.js';
import { PLATFORMS } from './serve.js';

/** Counts runs, and holds them while it is told to. */
const course = { runs: 0, held: Promise.resolve() };

async function pass(told: object): Promise<object> {
  course.runs += 1;
  await course.held;
  return { ...told, run: course.runs };
}

/** Classes that no application has had before: what is put on them stays. */
function family() {
  abstract class Base {
    @Post(':id')
    @IdempotencyKey()
    create(@Param('id') id: string, @Body('item') item: number): Promise<object> {
      return pass({ by: this.constructor.name, id, item });
    }
  }

  @Controller('parent')
  class Parent extends Base {}

  @Controller('child')
  class Child extends Parent {}

  @Controller('override')
  class Override extends Parent {
    @Post(':id')
    @IdempotencyKey()
    override async create(@Param('id') id: string, @Body('item') item: number): Promise<object> {
      return { over: await super.create(id, item) };
    }
  }

  /** Has the parameters that its parent decorated. */
  @Controller('bare')
  class Bare extends Parent {
    @Post(':id')
    @IdempotencyKey()
    override async create(...given: [id: string, item: number]): Promise<object> {
      return { given: given.length, over: await super.create(...given) };
    }
  }

  return { Parent, Child, Override, Bare };
}

afterEach(closeAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  const open = async (controllers: Type[]) => {
    Object.assign(course, { runs: 0, held: Promise.resolve() });
    const { port, logged } = await run(platform, { profile: 'ietf', lock: { timeoutMs: 20_000 } }, { controllers });
    return { logged, ask: (path: string): Promise<Reply> => send(port, path, { key: 'k' }) };
  };

  it.each(['first', 'last'])(
    'a handler that several controllers have is protected in each of them: the parent is found %s',
    async (when) => {
      const { Parent, Child, Override } = family();
      const controllers = when === 'first' ? [Parent, Child, Override] : [Override, Child, Parent];
      const { ask, logged } = await open(controllers);
      let letGo = (): void => undefined;
      course.held = new Promise((resolve) => (letGo = resolve));
      const paths = ['/parent/7', '/child/7', '/override/7'];
      const all = paths.map((path) => Promise.all(Array.from({ length: 20 }, () => ask(path))));
      await until(() => course.runs === 3);
      letGo();
      const answers = (await Promise.all(all)).map((replies) => new Set(replies.map(({ text }) => text)));
      const text = (by: string) => `{"by":"${by}","id":"7","item":1,"run":3}`;
      expect(answers).toEqual([new Set([text('Parent')]), new Set([text('Child')]), new Set([`{"over":${text('Override')}}`])]);
      expect([course.runs, logged]).toEqual([3, []]);
    },
  );

  it.each(['first', 'last'])(
    'an override that inherits its parameters is given those and no more: the parent is found %s',
    async (when) => {
      const { Parent, Bare } = family();
      const { ask } = await open(when === 'first' ? [Parent, Bare] : [Bare, Parent]);
      const first = await ask('/bare/7');
      expect(first.text).toBe('{"given":2,"over":{"by":"Bare","id":"7","item":1,"run":1}}');
      expect([(await ask('/bare/7')).text, course.runs]).toEqual([first.text, 1]);
    },
  );
});
