/** The sample shop as it is, watched. */
import './crash-points.js';
import { Logger } from '@nestjs/common';

// Two directions between two accounts deadlock often; each is told in the log, run again, and of no interest here.
Logger.overrideLogger(['fatal']);
await import('../../../sample-app/src/main.js');
