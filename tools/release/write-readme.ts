/**
 * Before `nestjs-idempotency` is packed (`prepack`): writes its README. It is not removed afterwards, as `npm publish` reads it from the
 * folder once more for npm's page; Git does not see it.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../repository.js';
import { mainReadme } from './readme.js';

writeFileSync(join(root, 'packages/nestjs/README.md'), mainReadme());
