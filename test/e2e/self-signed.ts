import { generateKeyPairSync, sign } from 'node:crypto';

export interface SelfSigned {
  /** PEM. */
  readonly key: string;
  /** PEM. */
  readonly cert: string;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
/** A context-specific tag, primitive or constructed. */
const context = (number: number, constructed = false): number => (constructed ? 0xa0 : 0x80) | number;

/** Encodes tag, length and content in DER, X.690 section 8.1. */
function der(tag: number, ...content: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(content.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const bytes: number[] = [];
  for (let rest = body.length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  const length = body.length < 0x80 ? [body.length] : [0x80 | bytes.length, ...bytes];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const oid = (hex: string): Buffer => der(OID, Buffer.from(hex, 'hex'));
const bits = (content: Buffer): Buffer => der(BIT_STRING, Buffer.from([0]), content);
const utcTime = (date: Date): Buffer =>
  der(UTC_TIME, `${date.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`);

const ECDSA_WITH_SHA256 = der(SEQUENCE, oid('2a8648ce3d040302'));
const COMMON_NAME = oid('550403');
const SUBJECT_ALT_NAME = oid('551d11');

/** Makes a key and a self-signed certificate for 127.0.0.1 that is valid for a day: RFC 5280 section 4.1. */
export function selfSigned(): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, '127.0.0.1'))));
  const day = 86_400_000;
  const address = der(context(7), Buffer.from([127, 0, 0, 1]));
  const extension = der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, der(SEQUENCE, address)));
  const signed = der(
    SEQUENCE,
    der(context(0, true), der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.from([1])),
    ECDSA_WITH_SHA256,
    name,
    der(SEQUENCE, utcTime(new Date(Date.now() - day)), utcTime(new Date(Date.now() + day))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(context(3, true), der(SEQUENCE, extension)),
  );
  const certificate = der(SEQUENCE, signed, ECDSA_WITH_SHA256, bits(sign('sha256', signed, privateKey)));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
  };
}
