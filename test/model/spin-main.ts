/** Runs the Promela model and its variants: `npm run spin`. */
import { askedOf } from '../../tools/asked.js';
import { PROMELA_VARIANTS, searchWithSpin, spinVersion } from './spin.js';

askedOf({ command: 'npm run spin --', does: 'Searches the Promela model and its variants with Spin.', options: {} });
const version = spinVersion();
if (version === undefined) throw new Error('Spin or gcc is not installed: apt-get install spin gcc libc6-dev.');

const { states, violated } = searchWithSpin(3);
console.log(
  `${violated === undefined ? 'ok    ' : 'FAILED'} the protocol: ${states} states, ${violated ?? 'no assertion is violated'}`,
);
const missed = Object.entries(PROMELA_VARIANTS).filter(([macro, assertion]) => {
  const found = searchWithSpin(3, macro as keyof typeof PROMELA_VARIANTS).violated;
  const isFound = found?.includes(assertion) ?? false;
  console.log(`${isFound ? 'ok    ' : 'FAILED'} ${macro}: ${found ?? 'not found'}`);
  return !isFound;
});
const variants = Object.keys(PROMELA_VARIANTS).length;
console.log(
  `${new Intl.NumberFormat('en').format(states)} states of 3 deliveries, ${violated ?? 'no error'}; ${variants - missed.length} of ${variants} variants are found out (${version})`,
);
process.exitCode = violated === undefined && missed.length === 0 ? 0 : 1;
