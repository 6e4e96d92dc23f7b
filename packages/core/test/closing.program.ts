/** Closes an engine while a handler runs that never ends, where nothing else keeps the process alive. */
import { EventEmitter, once } from 'node:events';
import { Engine, MemoryLock, MemoryStorage, pair } from '../src/index.js';

const engine = new Engine(pair(new MemoryStorage(), new MemoryLock()));
const terms = {
  manual: false,
  afterLapse: 'reexecute',
  leaseMs: 30_000,
  keepMs: 60_000,
  waitMs: 0,
  holdAtMostMs: 60_000,
  transactional: false,
} as const;
const never = once(new EventEmitter(), 'never');
void engine.run({ slot: 'slot', fingerprint: 'asked' }, terms, () => never);
while (engine.running === 0) await new Promise(setImmediate);
await engine.close(50);
console.log('closed');
