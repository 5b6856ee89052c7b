import { createDecipheriv, hash } from 'node:crypto';
import type { Work } from '../../work.ts';
import { Damage } from '../damage.ts';
import { rc4 } from './rc4.ts';

/** The method of a crypt filter (Table 25). */
export type Method = 'none' | 'rc4' | 'aes-128' | 'aes-256';

/** Units of work of a stream: for its key, and for each byte. */
const STREAM_COST = 4096;
const BYTE_COST = 2;

const AES_BLOCK = 16;
const AES_128_KEY = 16;
const AES_256_KEY = 32;
/** The suffix of Algorithm 1 for AES. */
const SALT = Buffer.from('sAlT');

/**
 * Decrypts the data of a stream (Algorithms 1 and 1.A).
 *
 * @param offset offset of the stream in the document, for the verdict
 * @throws Damage stream-corrupt when AES data are not whole blocks, their padding is wrong, or the method does not fit
 *   the key, such as /AESV3 in a document of V 4 (Table 25)
 * @throws OutOfWork
 */
export function decrypt(
  method: Method,
  fileKey: Uint8Array,
  data: Uint8Array,
  number: number,
  generation: number,
  offset: number,
  work: Work,
): Uint8Array {
  if (method === 'none') return data;
  work.spend(STREAM_COST + BYTE_COST * data.length);
  if (method === 'aes-256') return decryptAes(AES_256_KEY, fileKey, data, offset);
  const id = Buffer.alloc(5);
  id.writeUIntLE(number % 2 ** 24, 0, 3);
  id.writeUIntLE(generation % 2 ** 16, 3, 2);
  const isAes = method === 'aes-128';
  const digest = hash('md5', Buffer.concat(isAes ? [fileKey, id, SALT] : [fileKey, id]), 'buffer');
  const key = digest.subarray(0, Math.min(fileKey.length + id.length, digest.length));
  return isAes ? decryptAes(AES_128_KEY, key, data, offset) : rc4(key, data);
}

function decryptAes(keyBytes: number, key: Uint8Array, data: Uint8Array, offset: number): Uint8Array {
  // Some writers do not encrypt an empty stream.
  if (data.length === 0) return data;
  const isWhole = data.length % AES_BLOCK === 0 && data.length > AES_BLOCK;
  if (!isWhole || key.length !== keyBytes) throw new Damage('stream-corrupt', offset);
  const iv = data.subarray(0, AES_BLOCK);
  const decipher = createDecipheriv(`aes-${8 * keyBytes}-cbc`, key, iv).setAutoPadding(false);
  const padded = decipher.update(data.subarray(AES_BLOCK));
  const padding = padded.at(-1) ?? 0;
  const end = padded.length - padding;
  const isPadded =
    padding >= 1 && padding <= AES_BLOCK && padded.subarray(end).every((byte) => byte === padding);
  if (!isPadded) throw new Damage('stream-corrupt', offset);
  return padded.subarray(0, end);
}
