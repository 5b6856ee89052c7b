import { createCipheriv, createDecipheriv, createHash, hash } from 'node:crypto';
import { rc4 } from './rc4.ts';

/** The encryption dictionary of the standard security handler (Tables 20 and 21). */
export interface StandardParameters {
  /** 2 to 6 */
  readonly revision: number;
  /** Key length in bytes, 5 to 32. */
  readonly keyLength: number;
  readonly ownerEntry: Uint8Array;
  readonly userEntry: Uint8Array;
  readonly userKeyEntry: Uint8Array;
  readonly permissions: number;
  readonly encryptMetadata: boolean;
  /** The first string of the trailer's /ID. */
  readonly id: Uint8Array;
}

/** The padding of passwords to 32 bytes, which is the whole padded empty password (Algorithm 2, step a). */
const PADDING = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex');
/** Bytes in /U of the hash, the validation salt and the key salt (Algorithm 8). */
const HASH_BYTES = 32;
const SALT_BYTES = 8;

const FIRST_AES_256 = 5;
const FIRST_HARDENED = 6;

/** The key of the document for the empty user password; undefined when this password is wrong. */
export function fileKey(parameters: StandardParameters): Uint8Array | undefined {
  if (parameters.revision >= FIRST_AES_256) return aes256Key(parameters);
  const key = computedKey(parameters);
  return isUserKey(key, parameters) ? key : undefined;
}

/** Algorithm 2 */
function computedKey(parameters: StandardParameters): Buffer {
  const { revision, keyLength, ownerEntry, permissions, encryptMetadata, id } = parameters;
  const seed = createHash('md5').update(PADDING).update(ownerEntry.subarray(0, HASH_BYTES));
  const flags = Buffer.alloc(4);
  flags.writeInt32LE(permissions | 0);
  seed.update(flags).update(id);
  if (revision >= 4 && !encryptMetadata) seed.update(Buffer.alloc(4, 0xff));
  let key: Buffer = seed.digest();
  for (let round = 0; revision >= 3 && round < 50; round++) key = md5(key.subarray(0, keyLength));
  return key.subarray(0, keyLength);
}

/** Algorithm 6: compares /U with the result of Algorithm 4 or 5 for the key. */
function isUserKey(key: Buffer, { revision, userEntry, id }: StandardParameters): boolean {
  if (revision < 3) return PADDING.equals(rc4(key, userEntry.subarray(0, HASH_BYTES)));
  let value: Uint8Array = md5(Buffer.concat([PADDING, id]));
  for (let round = 0; round < 20; round++)
    value = rc4(
      key.map((byte) => byte ^ round),
      value,
    );
  return Buffer.from(value).equals(userEntry.subarray(0, value.length));
}

/** Algorithm 2.A */
function aes256Key({ revision, userEntry, userKeyEntry }: StandardParameters): Buffer | undefined {
  const isComplete = userEntry.length >= HASH_BYTES + 2 * SALT_BYTES && userKeyEntry.length >= HASH_BYTES;
  if (!isComplete) return undefined;
  const digest = revision >= FIRST_HARDENED ? hardenedHash : sha256;
  const keySalt = HASH_BYTES + SALT_BYTES;
  const check = digest(userEntry.subarray(HASH_BYTES, keySalt));
  if (!check.equals(userEntry.subarray(0, HASH_BYTES))) return undefined;
  const intermediate = digest(userEntry.subarray(keySalt, keySalt + SALT_BYTES));
  const decipher = createDecipheriv('aes-256-cbc', intermediate, Buffer.alloc(16)).setAutoPadding(false);
  return decipher.update(userKeyEntry.subarray(0, HASH_BYTES));
}

/** Algorithm 2.B for the empty password and a salt. It takes at least 64 rounds; the data decide how many more. */
function hardenedHash(salt: Uint8Array): Buffer {
  let key = sha256(salt);
  for (let round = 0, last = 0; round < 64 || last > round - 32; round++) {
    const repeated = Buffer.concat(Array.from({ length: 64 }, () => key));
    const cipher = createCipheriv('aes-128-cbc', key.subarray(0, 16), key.subarray(16, 32)).setAutoPadding(
      false,
    );
    const encrypted = cipher.update(repeated);
    let remainder = 0;
    for (const byte of encrypted.subarray(0, 16)) remainder += byte;
    key = hash(['sha256', 'sha384', 'sha512'][remainder % 3] ?? '', encrypted, 'buffer');
    last = encrypted.at(-1) ?? 0;
  }
  return key.subarray(0, HASH_BYTES);
}

function md5(data: Uint8Array): Buffer {
  return hash('md5', data, 'buffer');
}

function sha256(data: Uint8Array): Buffer {
  return hash('sha256', data, 'buffer');
}
