/** A generated project with the README's first protected route put in, on a platform and with a module setting. */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../architecture/workspace.js';
import { command } from './command.js';
import { type Installation, projectIn } from './install.js';
import { served } from './served.js';
import { type Builder, type Template, templateFolder } from './templates.js';

/** How a project differs from the generated one, beside what the README puts in. */
export type Variant = 'express' | 'fastify' | 'module commonjs';

/** A project that can be compiled, tested, built and started. */
export interface Generated {
  readonly folder: string;
}

/** Replaces what stands exactly once in a file: a template that has changed is not passed over. */
async function edit(file: string, ...edits: readonly (readonly [from: string, to: string])[]): Promise<void> {
  let text = await readFile(file, 'utf8');
  for (const [from, to] of edits) {
    if (text.split(from).length !== 2) throw new Error(`${file} should hold this once, and does not: ${from}`);
    text = text.replace(from, () => to);
  }
  await writeFile(file, text);
}

/** The controller and the imports of the module, as the first snippet of the README has them. */
async function fromReadme(): Promise<{ readonly controller: string; readonly imports: string }> {
  const [, snippet = ''] = /^```ts\n([\s\S]*?)^```/m.exec(await readFile(join(root, 'README.md'), 'utf8')) ?? [];
  const [controller = '', module = ''] = snippet.split('@Module(');
  const imports = /^ {2}(imports: \[.*\]),$/m.exec(module)?.[1];
  if (!controller.includes('\nclass OrdersController {') || imports === undefined)
    throw new Error("README.md does not begin with an OrdersController and a module that imports this library's.");
  return { controller: controller.replace('\nclass OrdersController', '\nexport class OrdersController'), imports };
}

async function putIn(folder: string, extension: string): Promise<void> {
  const { controller, imports } = await fromReadme();
  await writeFile(join(folder, 'src/orders.controller.ts'), controller);
  await edit(
    join(folder, 'src/app.module.ts'),
    ['imports: []', imports],
    ['[AppController]', '[AppController, OrdersController]'],
    [
      "import { Module } from '@nestjs/common';\n",
      "import { Module } from '@nestjs/common';\nimport { IdempotencyModule } from 'nestjs-idempotency';\n" +
        `import { OrdersController } from './orders.controller${extension}';\n`,
    ],
  );
  for (const file of ['src/orders.controller.spec.ts', 'test/orders.e2e-spec.ts']) {
    const text = await readFile(join(root, 'test/published/projects/orders', file), 'utf8');
    await writeFile(join(folder, file), text.replace(/(?<=from '(\.|supertest\/).*)(?=';)/g, extension));
  }
}

/** The files of the page on testing, as they stand, where the first line of each says; in a folder of their own. */
async function putPageIn(folder: string): Promise<void> {
  const page = join(root, 'test/docs/testing');
  for (const file of await readdir(page)) {
    const text = await readFile(join(page, file), 'utf8');
    const [, part = '', name = ''] = /^\/\/ (src|test)\/(\S+)\n/.exec(text) ?? [];
    await mkdir(join(folder, part, 'page'), { recursive: true });
    await writeFile(join(folder, part, 'page', name), text);
  }
}

/** As Nest's documentation has it. */
async function putOnFastify(folder: string): Promise<void> {
  const adapter = "import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';\n";
  const core = "import { NestFactory } from '@nestjs/core';\n";
  await edit(
    join(folder, 'src/main.ts'),
    [core, core + adapter],
    ['NestFactory.create(AppModule)', 'NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter())'],
  );
  for (const file of ['test/app.e2e-spec.ts', 'test/orders.e2e-spec.ts'])
    await edit(
      join(folder, file),
      [
        "import request from 'supertest';\n",
        "import { FastifyAdapter } from '@nestjs/platform-fastify';\nimport request from 'supertest';\n",
      ],
      ['.createNestApplication()', '.createNestApplication(new FastifyAdapter())'],
      ['    await app.init();\n', '    await app.init();\n    await app.getHttpAdapter().getInstance().ready();\n'],
    );
}

/** As the CLI generated it before, without a `moduleResolution`: TypeScript then knows no `exports`. Imports each of our entries. */
async function putOnCommonjs(folder: string, { tarballs }: Installation): Promise<void> {
  await edit(
    join(folder, 'tsconfig.json'),
    ['"module": "nodenext"', '"module": "commonjs"'],
    ['    "moduleResolution": "nodenext",\n', ''],
    ['    "resolvePackageJsonExports": true,\n', ''],
  );
  const entries = tarballs.flatMap(({ entries }) => entries);
  await writeFile(
    join(folder, 'src/everything.ts'),
    entries.map((name, at) => `export * as entry${at} from '${name}';\n`).join(''),
  );
  await edit(join(folder, 'src/main.ts'), [
    "import { AppModule } from './app.module';\n",
    "import { AppModule } from './app.module';\nimport './everything';\n",
  ]);
}

/** Makes the project of `template` as `variant` beside the others of `installation`. */
export async function generate(installation: Installation, template: Template, variant: Variant): Promise<Generated> {
  const folder = await projectIn(installation, `${template.name}-${variant.replace(' ', '-')}`);
  await cp(templateFolder(template), folder, { recursive: true });
  await putIn(folder, template.extension);
  await putPageIn(folder);
  if (variant === 'fastify') await putOnFastify(folder);
  if (variant === 'module commonjs') await putOnCommonjs(folder, installation);
  return { folder };
}

/** Runs a script of the project's own manifest. */
export async function script({ folder }: Generated, name: 'build' | 'test' | 'test:e2e'): Promise<void> {
  await command(folder, 'npm', 'run', name);
}

/** Checks the types of all of it, its tests too. */
export async function typed({ folder }: Generated): Promise<void> {
  await command(folder, 'npx', 'tsc', '--noEmit');
}

/** Builds it by another program of the CLI than `tsc`. */
export async function buildBy({ folder }: Generated, builder: Builder): Promise<void> {
  await command(folder, 'npx', 'nest', 'build', '--builder', builder);
}

/** Starts what was built by its `start:prod`, and sends it an order, its retry, and one without a key. */
export async function startInProduction({ folder }: Generated): Promise<void> {
  const { scripts } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const [program, ...args] = (scripts['start:prod'] ?? '').split(' ');
  if (program !== 'node') throw new Error(`start:prod of ${folder} is not a program of Node: ${scripts['start:prod']}`);
  await served(folder, args, async (origin) => {
    const post = async (key?: string) => {
      const headers = { 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) };
      const response = await fetch(`${origin}/orders`, { method: 'POST', headers, body: '{"article":"beans"}' });
      return `${response.status} ${response.headers.get('idempotency-replayed') ?? 'first'} ${await response.text()}`;
    };
    const answers = [await post('3a9f'), await post('3a9f'), (await post()).slice(0, 9)];
    const expected = ['201 first {"id":1,"article":"beans"}', '201 true {"id":1,"article":"beans"}', '400 first'];
    if (answers.join('\n') !== expected.join('\n')) throw new Error(`It answered\n${answers.join('\n')}`);
  });
}
