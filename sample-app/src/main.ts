/** Starts the shop: PORT (3000), PLATFORM (express, or fastify), and REDIS_URL or DATABASE_URL to keep answers outside this process. */
import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger, ValidationPipe } from '@nestjs/common';
import { openingOf } from './asked.js';
import { createApplication } from './platform.js';
import { ShopModule } from './shop.module.js';

const opening = openingOf(process.argv.slice(2), process.env);
if ('code' in opening) {
  console[opening.code === 0 ? 'log' : 'error'](opening.text);
  process.exit(opening.code);
}
const { platform } = opening;
const app = await createApplication(platform, ShopModule);
app.useGlobalPipes(new ValidationPipe({ whitelist: true }));
// On SIGTERM the shop finishes what is running and hands back what it cannot finish.
app.enableShutdownHooks();
await app.listen(opening.port);
const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
new Logger('Shop').log(`The shop is open on http://localhost:${port} (${platform}).`);
