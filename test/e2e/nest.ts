/** Which Nest the tests run on: `npm run test:nest11` runs these on the older one. */
import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('@nestjs/core/package.json') as { version: string };

export const isOlder = version.startsWith('11.');

/** Whether this Nest sends what a route of that name gives: 11 takes generators for objects, and on Express streams and responses of the web. */
export function isSent(route: string, platform: string): boolean {
  return !isOlder || !(route.includes('generator') || (platform === 'express' && route.includes('web')));
}
