/** The Lua that runs in Redis, one script a promise. All keys of a script share the slot's hash tag. */
import { script } from './script.js';

/**
 * A lease is a hash that lives for the lease and then for the time for which its lapse is remembered, so that Redis itself counts both:
 * t = token (empty when a claim was taken back), f = fingerprint, n = attempt, k = trace, w = somebody waits.
 * Numbers are formatted by hand because Lua would write large ones as 1e+15.
 */
const CLAIM = `
local function claim(key, token, fingerprint, leaseMs, traceMs)
  local last = redis.call('HMGET', key, 't', 'f', 'n', 'k', 'w')
  local attempt = tonumber(last[3] or 0)
  if last[1] ~= token then
    local left = (last[1] or '') ~= '' and redis.call('PTTL', key) - last[4] or 0
    if left > 0 then
      -- A full memory must not fail this: without the mark the duplicate polls.
      if not last[5] then redis.pcall('HSET', key, 'w', '1') end
      return 0, left, last[2]
    end
    attempt = attempt + 1
  end
  redis.call('HSET', key, 't', token, 'f', fingerprint, 'n', attempt, 'k', traceMs)
  redis.call('PEXPIRE', key, string.format('%.0f', leaseMs + traceMs))
  return 1, attempt, false
end
`;

const END = `
local function finish(key, token, channel, slot, changed)
  local last = redis.call('HMGET', key, 't', 'w')
  local mine = last[1] == token
  if mine then redis.call('DEL', key) end
  if last[2] and (mine or changed) then redis.call('PUBLISH', channel, slot) end
end
`;

/** KEYS: lease. ARGV: token, fingerprint, leaseMs, traceMs. Without a flag, so that a full memory refuses new claims. */
export const ACQUIRE = script(`${CLAIM}
return { false, claim(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]) }`);

/** KEYS: lease, record. ARGV: as ACQUIRE, then '1' to claim even if a record is there. A full memory still replays. */
export const OPEN = script(`${CLAIM}
local kept = redis.call('GET', KEYS[2])
if kept and ARGV[5] ~= '1' then return { kept } end
return { kept, claim(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]) }`);

/** KEYS: lease. ARGV: token, leaseMs. Revives a lease that lapsed and that nobody took. */
export const RENEW = script(`#!lua flags=allow-oom
local last = redis.call('HMGET', KEYS[1], 't', 'k')
if last[1] ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ARGV[2] + last[2]))
return 1`);

/** KEYS: lease. ARGV: token, channel, slot. */
export const RELEASE = script(`#!lua flags=allow-oom
${END}
finish(KEYS[1], ARGV[1], ARGV[2], ARGV[3], false)
return 1`);

/** KEYS: lease. ARGV: token, channel, slot. Puts back what was there before the claim: nothing ran, so nothing is forgotten and nothing is counted. */
export const WITHDRAW = script(`#!lua flags=allow-oom
local last = redis.call('HMGET', KEYS[1], 't', 'n', 'w')
if last[1] ~= ARGV[1] then return 0 end
if tonumber(last[2]) > 1 then redis.call('HSET', KEYS[1], 't', '', 'n', last[2] - 1)
else redis.call('DEL', KEYS[1]) end
if last[3] then redis.call('PUBLISH', ARGV[2], ARGV[3]) end
return 1`);

const KEEP = `${END}
local function keep()
  local kept = redis.call('SET', KEYS[2], ARGV[4], 'NX', 'GET', 'PX', ARGV[5])
  finish(KEYS[1], ARGV[1], ARGV[2], ARGV[3], not kept)
  return kept
end
`;

/** KEYS: lease, record. ARGV: token, channel, slot, record, keepMs. A full memory keeps what has happened. */
export const SETTLE = script(`#!lua flags=allow-oom
${KEEP}
return keep()`);

/** KEYS: lease, record. ARGV: as SETTLE. Only the last holder's record takes the place of another. */
export const RESETTLE = script(`#!lua flags=allow-oom
${KEEP}
if redis.call('HGET', KEYS[1], 't') == ARGV[1] then redis.call('DEL', KEYS[2]) end
return keep()`);

/** KEYS: record. A script and no GET, so that no client reads it from a replica. */
export const FIND = script(`#!lua flags=allow-oom
return redis.call('GET', KEYS[1])`);

/** KEYS: record. ARGV: record, keepMs. */
export const SAVE = script(`#!lua flags=allow-oom
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'GET', 'PX', ARGV[2])`);

/** KEYS: record. ARGV: record, keepMs. */
export const REPLACE = script(`#!lua flags=allow-oom
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false`);
