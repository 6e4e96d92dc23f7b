/** Searches every protocol that must hold and every variant that must fail: `npm run model [-- --short]`. */
import { askedOf } from '../../tools/asked.js';
import { flag } from '../../tools/options.js';
import { explore } from './explore.js';
import { leaseSpace } from './leases.js';
import { ours } from './protocol.js';
import { ourTransactions, transactionalSpace } from './transactions.js';
import { brokenLeases, brokenTransactions, soundLeases, soundTransactions } from './variants.js';

const { short: isShort } = askedOf({
  command: 'npm run model --',
  does: 'Searches every protocol that must hold and every variant that must fail.',
  options: { short: flag('leaves out the searches that take long') },
});
const DELIVERIES = 3;
const count = new Intl.NumberFormat('en');
let failures = 0;
let worlds = 0;

function must(isAsExpected: boolean, line: string): void {
  if (!isAsExpected) failures++;
  console.log(`${isAsExpected ? 'ok    ' : 'FAILED'} ${line}`);
}

const sound = [
  ...soundLeases
    .filter(({ isLong }) => !isShort || !isLong)
    .map(({ name, protocol }) => ({ name, search: () => explore(leaseSpace(DELIVERIES, protocol)) })),
  ...soundTransactions.map(({ name, protocol }) => ({ name, search: () => explore(transactionalSpace(DELIVERIES, protocol)) })),
];
for (const { name, search } of sound) {
  const found = search();
  worlds += found.worlds;
  const how = found.broken ? `breaks ${found.broken.promise}: ${found.broken.trace.join('; ')}` : 'keeps every promise';
  must(!found.broken, `${name}: ${count.format(found.worlds)} worlds, ${count.format(found.moves)} moves, ${how}`);
}

const broken = [
  ...brokenLeases.map((variant) => ({
    ...variant,
    search: () => explore(leaseSpace(variant.deliveries, { ...ours, ...variant.without })),
  })),
  ...brokenTransactions.map((variant) => ({
    ...variant,
    search: () => explore(transactionalSpace(variant.deliveries, { ...ourTransactions, ...variant.without })),
  })),
];
for (const { name, breaks, search } of broken) {
  const found = search().broken;
  must(found?.promise === breaks, `who ${name} breaks ${found?.promise ?? 'nothing'} in ${found?.trace.length ?? 0} steps`);
}

console.log(
  failures === 0
    ? `${count.format(worlds)} worlds of ${DELIVERIES} deliveries in ${sound.length} protocols keep every promise; ${broken.length} of ${broken.length} broken protocols are found out`
    : `${failures} searches did not end as they must`,
);
process.exitCode = failures === 0 ? 0 : 1;
