/** Mistakes in the core: the verdict, the attempt, the engine, the reference stores. */
import { mutantsOf, type Mutant } from './mutant.js';

const ENGINE = { spec: 'packages/core/src/engine.spec.ts' };
const MEMORY = { spec: 'test/contract/memory.spec.ts' };
const PAIR = { spec: 'packages/core/src/pair.spec.ts' };

const pair = mutantsOf('packages/core/src/pair.ts', PAIR);
const lock = mutantsOf('packages/core/src/memory/lock.ts', MEMORY);
const storage = mutantsOf('packages/core/src/memory/storage.ts', MEMORY);
const places = mutantsOf('packages/core/src/memory/storage.ts', { spec: 'packages/core/src/memory/storage.spec.ts' });
const notice = mutantsOf('packages/core/src/full-notice.ts', ENGINE);
const expiry = mutantsOf('packages/core/src/memory/expiring-map.ts', { spec: 'packages/core/src/memory/expiring-map.spec.ts' });
const attempt = mutantsOf('packages/core/src/leased-attempt.ts', ENGINE);
const renewal = mutantsOf('packages/core/src/renewal.ts', ENGINE);
const stored = mutantsOf('packages/core/src/stored.ts', { spec: 'packages/core/src/stored.spec.ts' });
const engine = mutantsOf('packages/core/src/engine.ts', ENGINE);
const errors = mutantsOf('packages/core/src/errors.ts', { spec: 'packages/core/src/stored.spec.ts' });
const begun = mutantsOf('packages/core/src/begun.ts', ENGINE);
const OPENING = { spec: 'packages/core/src/opening.spec.ts' };
const opening = mutantsOf('packages/core/src/opening.ts', OPENING);
const decide = mutantsOf('packages/core/src/decide.ts', { spec: 'packages/core/src/decide.spec.ts' });
const transaction = mutantsOf('packages/core/src/transaction.ts', ENGINE);
const codec = mutantsOf('packages/core/src/codec.ts', { spec: 'packages/core/src/codec.spec.ts' });
const waiting = mutantsOf('packages/core/src/waiting.ts', ENGINE);
const copies = mutantsOf('packages/core/src/copies.ts', { spec: 'packages/core/src/copies.spec.ts' });

const SAVE = 'const saving = storage.save(lease.slot, record, keepMs);';
const RELEASE = 'await lock.release(lease);';
const RELEASED = 'if (isThenable(releasing)) await releasing;';

/** Twenty-nine and more ways to run something twice, to answer wrongly, or to hang. */
export const coreMutants: readonly Mutant[] = [
  copies(
    'knows what another copy made by nothing but its class',
    'given !== null && brand in given',
    'given !== null && Object.getPrototypeOf(given) === type.prototype',
  ),
  copies('takes for a derived class what is not of it', 'if (this !== type) return', 'if (type === undefined) return'),
  copies('keeps state to itself', 'Symbol.for(`nestjs-idempotency:${name}`)', 'Symbol(`nestjs-idempotency:${name}`)'),
  pair(
    'does not look again after the claim',
    'record = isThenable(kept) ? await kept : kept;\n      } catch',
    'record = evenIfKept ? await kept : void (await kept);\n      } catch',
  ),
  pair('forgets a lapse when the look behind the claim failed', 'if (claim.attempt === 1) await', 'await'),
  pair('releases before it saves', SAVE, `${RELEASE}\n      ${SAVE}`),
  pair(
    'holds the slot after it has saved',
    `const releasing = lock.release(lease);\n        ${RELEASED}\n      } catch`,
    '} catch',
  ),
  pair('hides another record behind a failed release', "if (saved.kind === 'saved') throw", 'throw'),
  pair('holds the slot after it has found a record', 'await release(lease);\n      return { record };', 'return { record };'),
  pair('asks for a slot without room', 'storage.reserve ? storage', 'storage.reserve && !evenIfKept ? storage'),
  pair('gives the place of who runs away', "if (renewed === 'kept') await storage.reserve?.(lease.slot, leaseMs);", ''),
  pair('keeps the place of who gave up', 'await storage.vacate?.(lease.slot);', ''),
  pair('holds the slot after it has replaced', `${RELEASE}\n      return { kind`, 'return { kind', MEMORY),
  pair(
    'replaces what a successor has kept',
    "(await lock.renew(lease, WRITE_MS)) === 'lost'",
    '(await lock.renew(lease, 0)) === undefined',
    MEMORY,
  ),
  pair('lets others take the slot while it replaces', 'lock.renew(lease, WRITE_MS)', 'lock.renew(lease, 0)'),
  pair(
    'keeps nothing in an empty slot that another took',
    'return storage.save(lease.slot, record, keepMs);',
    "return { kind: 'saved' };",
    MEMORY,
  ),

  lock('lets everybody in', 'leftMs > 0)', 'leftMs > 1e12)'),
  lock('releases without a token', 'if (this.#holdings.get(slot)?.token === token) {', 'if (this.#holdings.get(slot)) {'),
  lock('renews without a token', "if (last?.token !== token) return 'lost';", "if (!last) return 'lost';"),
  lock(
    'renews nothing that has lapsed',
    'if (last?.token !== token) return',
    'if (last?.token !== token || last.endsAt <= this.#clock.now()) return',
  ),
  lock('counts no lapse', 'last.attempt + 1', '1'),
  lock('counts a repeated claim as a lapse', 'last.token === token ? last.attempt', 'last.token === token ? last.attempt + 1'),
  lock('forgets a lapse with the lease', 'leaseMs + traceMs', 'leaseMs'),
  lock('tells the asker its own fingerprint', 'fingerprint: last.fingerprint, leftMs', 'fingerprint, leftMs'),
  lock('wakes nobody', 'this.#watchers.wake(slot);', '', ENGINE),

  storage('overwrites a record', "if (held) return { kind: 'taken', record: copyOf(held) };", ''),
  storage('tells a late saver that it saved', "{ kind: 'taken', record: copyOf(held) }", "{ kind: 'saved' }"),
  storage('tells a late saver its own record', 'record: copyOf(held) }', 'record }'),
  places('counts nobody who runs', 'this.#slots.size <', 'this.#records <'),
  places('counts no bytes', ' && this.#bytes < this.#maxBytes;', ';'),
  places('has no room for who has a place', 'held === undefined && !this', '!this'),
  places('counts what has ended', 'this.#slots.sweep();\n    return has();', 'return has();'),
  places('drops what has not ended before what has', 'this.#slots.sweep();\n    while', 'while'),
  notice('fills the log', 'if (now - this.#toldAt < ONCE_IN_MS) return;', ''),
  expiry('keeps a record past its end', 'entry.queue.keepMs > this.#clock.now()', 'entry.queue.keepMs >= this.#clock.now()'),

  attempt('answers its own where another record was first', 'if (!held || Buffer.compare(held, bytes) === 0) return', 'return'),
  attempt(
    'gives the lease up when a save failed',
    'this.#saveLater(bytes, tombstone, cause);',
    'void this.#means.backend.release(lease);',
  ),
  attempt('does not save again when a save failed', 'this.#saveLater(bytes, tombstone, cause);', ''),
  attempt(
    'stops renewing when a save failed',
    'this.#saveLater(bytes, tombstone, cause);',
    'this.#renewal.stop();\n      this.#saveLater(bytes, tombstone, cause);',
  ),
  renewal('never renews', '() => void this.#renew()', '() => undefined'),
  renewal('renews once', '    this.#cancel = this.#renewSoon();\n  }\n\n  #tellLost', '  }\n\n  #tellLost'),
  attempt('goes on renewing after the end', 'this.#renewal.stop();', ''),
  renewal(
    'does not say that the lease was lost',
    "if (renewed === 'lost' && !this.isSettling) {",
    "if (renewed !== 'lost' && renewed !== 'kept') {",
  ),
  stored(
    'hides that a codec fails',
    "  onFault({ kind: 'callback-failed', callback: 'codec', slot, cause });\n  return UNREADABLE;",
    '  return UNREADABLE;',
  ),
  stored('keeps nothing where a codec writes down nothing', ' ?? envelope.encode(tombstone, slot)', ' ?? Buffer.of()'),
  stored('calls what cannot be asked unreadable', 'if (cause instanceof IdempotencyUnavailableError) throw cause;', ''),
  errors('calls a conflict before a turn a store that is down', 'if (backend.isConflict?.(cause))', 'if (false)', {
    spec: 'packages/core/src/stored.spec.ts',
  }),
  attempt('gives up without releasing', 'await this.#means.backend.release(this.#holding.lease);', ''),

  opening(
    'releases a claim whose answer was lost',
    'void this.#handBack(lease, terms.leaseMs, traceMs);',
    'void this.release(lease);',
    ENGINE,
  ),
  opening('reports no lapse', "if (attempt > 1) onFault({ kind: 'lapsed'", "if (attempt > 99) onFault({ kind: 'lapsed'", ENGINE),
  opening('remembers a renderer that lapsed as if it had run', 'const NO_TRACE_MS = 0;', 'const NO_TRACE_MS = 60_000;'),
  opening(
    'runs under a lease that leaves no trace',
    '    await this.release(lease);\n    return this.#look(lease, terms, terms.keepMs, terms.manual);',
    '    return { claim, record };',
  ),
  opening('hides what is rendered by another', 'record: record ?? seen.record }', 'record }'),
  opening("tells of a renderer's lapse", " && verdict.kind !== 'render'", ''),
  begun('keeps two answers to what is rendered', 'replaces: manual || renders', 'replaces: manual', OPENING),
  engine('gives all attempts one token', 'token: randomUUID()', 'token: identity.slot'),
  engine(
    'releases when nobody knows how far it came',
    'attempt.abandon();\n      throw error;',
    'void attempt.giveUp();\n      throw error;',
  ),
  engine('commits what was given up', 'if (attempt.isUndone) throw new RolledBack(answered);', ''),
  engine(
    'does not hand back a claim that it does not use',
    "if (found.claim?.kind === 'won') await this.#opener.leave(lease, terms, verdict);",
    '',
  ),

  decide(
    'replays to another fingerprint',
    "if (record && record.fingerprint !== asked) return { kind: 'reject', reason: 'mismatch' };",
    '',
  ),
  decide('calls another request the running one', 'claim?.fingerprint !== undefined && claim.fingerprint !== asked', 'false'),
  decide(
    'renders without having the slot to itself',
    "if (!claim) return { kind: 'claim' };",
    "if (!claim) return { kind: 'render', record };",
  ),
  decide(
    'calls a retry another request because of who holds the slot',
    'if (!record && claim?.fingerprint',
    'if (claim?.fingerprint',
  ),
  decide(
    'runs over what it cannot read',
    "if (record?.kind === 'unreadable') return { kind: 'reject', reason: 'unreadable' };",
    "if (record?.kind === 'unreadable') record = undefined;",
  ),
  decide(
    'runs again where nobody knows',
    "claim.attempt > 1 && wish.afterLapse === 'unknown'",
    "claim.attempt > 99 && wish.afterLapse === 'unknown'",
  ),

  transaction(
    'commits a second execution',
    '    // A second execution is rolled back',
    "    this.#outcome = 'kept';\n    // A second execution is rolled back",
  ),
  transaction(
    'commits when nobody said what to keep',
    "return this.#outcome !== 'kept';",
    "return this.#outcome === 'given-up';",
  ),
  codec('does not check the checksum', 'if (bytes.readUInt32BE(end) !== crc32(bytes.subarray(0, end))) return UNREADABLE;', ''),
  waiting('is not woken', 'void woken?.then(done);', ''),
];
