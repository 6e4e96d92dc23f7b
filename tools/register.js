/** For `node --import`: from here on this process runs the repository's TypeScript as it stands, without a build. */
import { register } from 'node:module';

register('./hooks.js', import.meta.url);
process.setSourceMapsEnabled(true);
