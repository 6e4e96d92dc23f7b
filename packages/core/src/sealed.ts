/** Records at rest that nobody without the key can read or change: a codec around another one. */
import { constants } from 'node:buffer';
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { types } from 'node:util';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { envelope } from './codec.js';
import { bool, integer, isObject, kind, type KindsOf, optionsOf, someOf, withMethods } from './kinds/index.js';
import type { ReadRecord, RecordCodec } from './record.js';

/** A secret and its name, which stands before each record that it sealed. */
export interface SealKey {
  /** 1 to 32 characters, stored in the clear. Never give another secret a name that has been used. */
  readonly id: string;
  /** At least 32 random bytes. */
  readonly secret: Uint8Array;
}

/** How records are sealed. */
export interface SealOptions {
  /** The first key seals; all of them open. To rotate, put a new key in front, and drop an old one when its records have expired. */
  readonly keys: readonly [SealKey, ...SealKey[]];
  /** Whether records are compressed before they are sealed, where that makes them shorter. Default true. */
  readonly compress?: boolean;
  /** What is sealed. Default: the plain envelope. */
  readonly inner?: RecordCodec;
  /** The longest record that is inflated; a longer one is unreadable. Default 64 MiB. */
  readonly maxBytes?: number;
}

const MAGIC = 0x53;
const VERSION = 1;
const DEFLATED = 1;
const SALT = 16;
const IV = 12;
const TAG = 16;
const UNREADABLE: ReadRecord = { kind: 'unreadable' };

/**
 * Encrypts records with AES-256-GCM and binds each one to its slot, so that no record can be read, changed, or moved to another slot.
 * A lost key, a changed byte and a foreign slot read as 'unreadable'. The length of an answer is not hidden.
 */
export function sealed(options: SealOptions): RecordCodec {
  const { compress = true, inner = envelope, maxBytes = 64 * 1024 * 1024 } = optionsOf('sealed', options, KINDS, ['keys']);
  const keys = new Map(options.keys.map((key) => [key.id, checked(key)]));
  if (keys.size < options.keys.length) throw new RangeError('Two seal keys have the same id: give each secret an id of its own.');
  const [{ id, secret }] = options.keys;

  return {
    async encode(record, slot) {
      const plain = await inner.encode(record, slot);
      const deflated = compress ? deflateRawSync(plain) : undefined;
      const smaller = deflated !== undefined && deflated.length < plain.byteLength ? deflated : undefined;
      const salt = randomBytes(SALT);
      const name = Buffer.from(id);
      const head = Buffer.from([MAGIC, VERSION, smaller === undefined ? 0 : DEFLATED, name.length, ...name, ...salt]);
      const { key, iv } = derive(secret, salt);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(bound(head, slot));
      return Buffer.concat([head, cipher.update(smaller ?? plain), cipher.final(), cipher.getAuthTag()]);
    },

    async decode(stored, slot) {
      const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
      const headEnd = 4 + (bytes[3] ?? 0) + SALT;
      if (bytes[0] !== MAGIC || bytes[1] !== VERSION || bytes.length < headEnd + TAG) return UNREADABLE;
      const opener = keys.get(bytes.toString('utf8', 4, headEnd - SALT))?.secret;
      if (opener === undefined) return UNREADABLE;
      const head = bytes.subarray(0, headEnd);
      const { key, iv } = derive(opener, head.subarray(-SALT));
      const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(bound(head, slot)).setAuthTag(bytes.subarray(-TAG));
      let plain: Uint8Array;
      try {
        const text = Buffer.concat([decipher.update(bytes.subarray(headEnd, -TAG)), decipher.final()]);
        plain = bytes[2] === DEFLATED ? inflateRawSync(text, { maxOutputLength: maxBytes }) : text;
      } catch {
        // OpenSSL throws one error for every record that was not sealed so: its being unreadable is all there is to know.
        return UNREADABLE;
      }
      return inner.decode(plain, slot);
    },
  };
}

const KEY: KindsOf<SealKey> = {
  id: kind('a string of 1 to 32 characters', (id) => typeof id === 'string' && id !== '' && Buffer.byteLength(id) <= 32),
  secret: kind('bytes, e.g. Buffer.from(text, "base64")', types.isUint8Array),
};

const KINDS: KindsOf<SealOptions> = {
  keys: someOf(kind('a key, { id, secret }', isObject), 'the first one seals'),
  compress: bool,
  inner: withMethods('encode', 'decode'),
  maxBytes: integer(1, constants.MAX_LENGTH),
};

function checked(key: SealKey): SealKey {
  const { id, secret } = optionsOf('A seal key', key, KEY, ['id', 'secret']);
  if (secret.byteLength < 32)
    throw new RangeError(`The secret of the seal key "${id}" must have at least 32 bytes, e.g. randomBytes(32).`);
  return key;
}

/** A key and nonce for one record alone: under one key, random nonces alone would begin to repeat after 2^32 records. */
function derive(secret: Uint8Array, salt: Uint8Array): { key: Buffer; iv: Buffer } {
  const bytes = Buffer.from(hkdfSync('sha256', secret, salt, 'nestjs-idempotency record', 32 + IV));
  return { key: bytes.subarray(0, 32), iv: bytes.subarray(32) };
}

function bound(head: Buffer, slot: string): Buffer {
  return Buffer.concat([head, Buffer.from(slot)]);
}
