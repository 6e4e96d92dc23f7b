/** All rows of the proof, in the order in which they are run. */
import { jestCount, killFigures, type Row } from './row.js';

const JEST = 'NODE_OPTIONS=--experimental-vm-modules npx jest';

/** Each row can be repeated alone, by its command. */
export const rows: readonly Row[] = [
  {
    title: 'Every sentence of the ports, on memory, cache-manager, Redis (both clients) and Postgres',
    promises: 'S1, S3, L1, L2',
    command: `${JEST} test/contract`,
    figure: jestCount,
  },
  {
    title: 'All worlds of three deliveries: lapses, kills, lost and late messages, transactions; and protocols that lack a rule',
    promises: 'S1–S8',
    command: 'npm run model',
    short: 'npm run model -- --short',
  },
  { title: 'The same protocol in Promela, by Spin', promises: 'S1, S2, S3, S5, S7', command: 'npm run spin' },
  {
    title: 'Schedules of the real engine, every store call a yield point, with troubles, lapses, a kill and transactions',
    promises: 'S1–S9, L1, L3',
    command: 'npm run interleavings -- 400000 --over engine',
    short: 'npm run interleavings -- 5000 --over engine',
  },
  {
    title:
      'Schedules of the real interceptor in Nest applications on Express and Fastify: as before, and clients leave at every point, timeouts strike inside and outside, somebody outside tries again, streams and handlers that answer by themselves',
    promises: 'S1–S9, L1, L3',
    command: 'npm run interleavings -- 100000 --over interceptor',
    short: 'npm run interleavings -- 2000 --over interceptor',
  },
  {
    title: 'Each store and driver against a model of a slot, call by call',
    promises: 'S1, S3',
    command: `SLOT_SEQUENCES=800 ${JEST} test/proof/slots`,
    short: `SLOT_SEQUENCES=40 ${JEST} test/proof/slots`,
    figure: jestCount,
  },
  {
    title: 'The history checker, against a search through all orders; and the tests of the core',
    promises: 'S2, S7',
    command: `${JEST} test/proof/check-history packages/core packages/testing`,
    figure: jestCount,
  },
  {
    title:
      'Postgres applications under `kill -9`, transactional / plain / with an inner timeout, both / by handlers that answer by themselves, both / sample shop on Express / on Fastify; their histories judged',
    promises: 'S2, S6, S7',
    command: 'npm run faults -- --kills 600 --plain-kills 150 --shape-kills 150 --sample-kills 150',
    short: 'npm run faults -- --kills 40 --plain-kills 10 --shape-kills 10 --sample-kills 10',
    figure: killFigures,
  },
  {
    title: 'Fleets on Redis: processes killed and paused, Redis killed, flushed and cut off; their histories judged',
    promises: 'S2, S7, L1',
    command: `${JEST} test/redis/fleet`,
    figure: jestCount,
  },
  {
    isBeside: true,
    title: 'Protocol mistakes that the tests must notice',
    promises: 'the tests',
    command: 'npm run mutants',
    short: 'npm run mutants -- Redis',
  },
  {
    isBeside: true,
    title: 'What broke other libraries, put back cause by cause',
    promises: 'the tests',
    command: 'npm run regressions',
    short: 'npm run regressions -- Cookies',
  },
  {
    isBeside: true,
    title: 'Stryker on the core',
    promises: 'the tests',
    command: 'npm run stryker',
    short: 'npm run stryker -- --mutate packages/core/src/decide.ts',
    figure: (printed) => `mutation score ${/All files +\| +([\d.]+)/.exec(printed)?.[1] ?? 'unknown'} %`,
  },
  {
    isBeside: true,
    title: 'Soak: mixed load with faults on one process ([plot](soak.svg))',
    promises: 'L3, L4',
    command: 'npm run soak -- 600 docs/soak.svg',
    short: 'npm run soak -- 30',
  },
];
