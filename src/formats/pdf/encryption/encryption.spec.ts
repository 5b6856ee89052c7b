import { createCipheriv } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Verdict } from '../../format.ts';
import { OutOfWork, Work } from '../../work.ts';
import { pages, PdfBuilder } from '../build.fixture.ts';
import { Damage } from '../damage.ts';
import { damaged, intact, verify } from '../verify.fixture.ts';
import { decrypt, type Method } from './decryption.ts';
import { fileKey } from './file-key.ts';

const ID = '<30313233343536373839616263646566>';
const AES_FILTER = (cfm: string): string => `/CF<</StdCF<</CFM/${cfm}>>>>/StmF/StdCF/StrF/StdCF`;
const OWNER_128 = '/O<77b8fb098022d3ab34237ea5643c08710ea5123fc5f88bf993a68cca5f12b40f>';

/** Encryption dictionaries, and `0 0 9 9 re f ` in object 4 as an independent implementation encrypts it. */
const encrypted = {
  'V 1, R 2': [
    '/V 1/R 2/P -4/O<d8a81f2f756b03f0e776376607dc67c098531ac3e51f6e5cf0fc1473b1ce0975>' +
      '/U<9de6f60d05d3eba1eb0e7765ff6f1ffd8649655b39bf18b4f20ab9a08120d0e4>',
    'bd8cbc94eaabdb21d20fb6092c',
  ],
  'V 2, R 3': [
    `/V 2/R 3/P -4/Length 128${OWNER_128}/U<353bb1571b4fc3f4c61ea1833b9a67270122456a91bae5134273a6db134c87c4>`,
    'b6246f3cd288c67adaa1dde956',
  ],
  'V 4, R 4, RC4': [
    `/V 4/R 4/P -4${AES_FILTER('V2')}${OWNER_128}` +
      '/U<353bb1571b4fc3f4c61ea1833b9a67270122456a91bae5134273a6db134c87c4>',
    'b6246f3cd288c67adaa1dde956',
  ],
  'V 4, R 4, AES': [
    `/V 4/R 4/P -4/EncryptMetadata false${AES_FILTER('AESV2')}${OWNER_128}` +
      '/U<21298160cc1267a262f0ca6ac7a937e50122456a91bae5134273a6db134c87c4>',
    '7960a50345d014bfd8e09004703ccc13b0e62c61100cb5ff3a631a9f4bcb92cc',
  ],
  'V 5, R 5': [
    `/V 5/R 5/P -4${AES_FILTER('AESV3')}` +
      '/U<a5ab8a7eaaab5b1e375807d7396f46fffde995b4c015ecbe81aac75a213f25320d5c1cbedbab5efd07472d70fdea1f38>' +
      '/UE<4aad78775de385559e9f3fcdf5dd156cbeffb278260fdbdb18cac4434c46fb75>',
    '9827530af81ffc760bbd27bf28dc39638090f80bce07709c56480730b6398a66',
  ],
  'V 5, R 6': [
    `/V 5/R 6/P -4${AES_FILTER('AESV3')}` +
      '/U<6b9fe8ae9b342ed63876c73437578bf028c81c36f8cd39c007b9b85e3377047c41dedc23aaa145fa4269a593bf449635>' +
      '/UE<8146d6bb935451414955e78ca1658f55edd3201b31c31571c8640fd071f570a5>',
    'ac45937ab819811ee5c20cd93577c73c44737ee2750d713428ca8884653aa0cf',
  ],
} as const;
const [AES_128_DICTIONARY, AES_128_DATA] = encrypted['V 4, R 4, AES'];
const LOCKED =
  `/V 5/R 6/P -4${AES_FILTER('AESV3')}` +
  '/U<a75bc8f8a5a131c9bef7b0b6f8aa401d4da9767391a2995562705599d62d0d3933619b2c923bc06b2f83a30d309536c7>' +
  '/UE<a0b47499708e9ced1c20bcbefa3ef9e000a2ca514341fc60aa9bb7d4ad6c440b>';

/** A document with one page. Its content is object 4, encrypted as object 5 says. Object 6 is another stream. */
function document(
  dictionary: string,
  data: Uint8Array,
  other: Uint8Array = Buffer.alloc(0),
  entries = '',
): PdfBuilder {
  return new PdfBuilder()
    .object(1, '<</Type/Catalog/Pages 2 0 R>>')
    .object(2, '<</Type/Pages/Kids[3 0 R]/Count 1>>')
    .object(3, '<</Type/Page/Parent 2 0 R/Contents 4 0 R>>')
    .rawStream(4, data, '')
    .object(5, `<</Filter/Standard${dictionary}>>`)
    .rawStream(6, other, entries)
    .table({ extra: `/Encrypt 5 0 R/ID[${ID}${ID}]` })
    .end();
}

const unopened = { intact: true, complete: false, unchecked: ['password'] };
const hex = (digits: string): Buffer => Buffer.from(digits, 'hex');

/** The data with one inverted bit. */
function flipped(digits: string, at: number): Buffer {
  const data = hex(digits);
  data[at] = (data[at] ?? 0) ^ 0x40;
  return data;
}

describe('an encrypted document that opens with the empty password', () => {
  it.each(Object.entries(encrypted))('should have its streams checked: %s', (_, [dictionary, data]) => {
    expect(verify(document(dictionary, hex(data)))).toEqual(intact);
    // With RC4 an f becomes an &. With AES a whole block becomes noise.
    const last = dictionary.includes('AESV') ? 16 : 11;
    expect(verify(document(dictionary, flipped(data, last)))).toEqual(damaged('stream-corrupt'));
  });

  it('should have the padding and the blocks of AES checked', () => {
    for (const data of [
      flipped(AES_128_DATA, 31),
      hex(AES_128_DATA).subarray(0, 31),
      hex(AES_128_DATA).subarray(0, 16),
    ]) {
      expect(verify(document(AES_128_DICTIONARY, data))).toEqual(damaged('stream-corrupt'));
    }
    expect(verify(document(AES_128_DICTIONARY, Buffer.alloc(0)))).toEqual(intact);
  });

  it('should be damaged when the method does not fit the key', () => {
    const other = AES_128_DICTIONARY.replace('AESV2', 'AESV3');
    expect(verify(document(other, hex(AES_128_DATA)))).toEqual(damaged('stream-corrupt'));
  });

  it('should have unencrypted streams checked too', () => {
    const plain = deflateSync('some text');
    const stream = (entries: string, dictionary: string = AES_128_DICTIONARY): PdfBuilder =>
      document(dictionary, hex(AES_128_DATA), plain, entries);
    expect(verify(stream('/Filter/FlateDecode'))).toEqual(damaged('stream-corrupt'));
    expect(verify(stream('/Type/Metadata/Filter/FlateDecode'))).toEqual(intact);
    expect(verify(stream('/Filter[/Crypt/FlateDecode]'))).toEqual(intact);
    expect(verify(stream('/Filter[/Crypt/FlateDecode]/DecodeParms[<</Name/Identity>>null]'))).toEqual(intact);
    expect(verify(stream('/Filter[/Crypt/FlateDecode]/DecodeParms[<</Name/StdCF>>null]'))).toEqual(
      damaged('stream-corrupt'),
    );
    const files = `${AES_128_DICTIONARY}/EFF/Identity`;
    expect(verify(stream('/Type/EmbeddedFile/Filter/FlateDecode', files))).toEqual(intact);
  });

  it('should be reported as unchecked when a crypt filter is unknown', () => {
    const other = document(
      AES_128_DICTIONARY,
      hex(AES_128_DATA),
      hex('00'),
      '/Filter/Crypt/DecodeParms<</Name/X>>',
    );
    expect(verify(other)).toEqual({ intact: true, complete: false, unchecked: ['filter'] });
  });
});

describe('an encrypted document that opens with another password', () => {
  it.each([
    ['another user password', LOCKED],
    ['an entry that is cut short', LOCKED.replace(/0{2}a2ca\w+/, '')],
    ['a version that is not known', LOCKED.replace('/V 5', '/V 6')],
    ['a revision that is not known', LOCKED.replace('/R 6', '/R 7')],
    ['nothing that would tell', ''],
  ])('should have only its structure checked, and be reported as unchecked: %s', (_, dictionary) => {
    expect(verify(document(dictionary, Buffer.from('anything')))).toEqual(unopened);
    expect(verify(document(dictionary, Buffer.from('anything')).raw('<html>'))).toEqual(
      damaged('trailing-data'),
    );
  });
});

describe('a document that is not encrypted', () => {
  it.each(['/Encrypt null', '/Encrypt 9 0 R', '/Encrypt 8 0 R'])('may have %s', (entry) => {
    const builder = pages(new PdfBuilder()).object(8, 'null').table({ extra: entry }).end();
    expect(verify(builder)).toEqual(intact);
  });
});

describe('any encryption', () => {
  const originals = Object.values(encrypted).map(([dictionary, data]) => [dictionary, hex(data)] as const);
  const verdictOf = (builder: PdfBuilder | Uint8Array): boolean =>
    typeof verify(builder).intact === 'boolean';

  it('should get a verdict with any version, revision, key length and method', () => {
    const method = fc.constantFrom('None', 'V2', 'AESV2', 'AESV3', 'AESV4');
    const numbers = fc.tuple(fc.integer({ min: -1, max: 7 }), fc.integer({ min: -1, max: 8 }), fc.nat(300));
    fc.assert(
      fc.property(
        fc.constantFrom(...originals),
        method,
        numbers,
        ([dictionary, data], cfm, [v, r, length]) => {
          const other = dictionary.replace(/CFM.\w+/, `CFM/${cfm}`);
          const entries = `/V ${v}/R ${r}/Length ${length}`;
          return (
            verdictOf(document(other, data)) &&
            verdictOf(document(entries + other.replace(/.V \d/, ''), data)) &&
            verdictOf(document(entries + other.replace(/.V \d.R \d/, ''), data))
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('should get a verdict with any changed bytes in its dictionary and /ID', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(...originals), fc.boolean(), changes, ([dictionary, data], inId, all) => {
        const bytes = document(dictionary, data).bytes();
        const start = bytes.indexOf(inId ? '/Encrypt' : '<</Filter/Standard');
        const end = bytes.indexOf(inId ? 'startxref' : 'endobj', start);
        for (const [at, byte] of all) bytes[start + (at % (end - start))] = byte;
        return verdictOf(bytes);
      }),
      { numRuns: 1_000 },
    );
  });

  it('should decrypt any data with any key within its work, or report damage', () => {
    const method = fc.constantFrom('none', 'rc4', 'aes-128', 'aes-256');
    const key = fc.uint8Array({ maxLength: 32 });
    const blocks = fc
      .nat(8)
      .chain((count) => fc.uint8Array({ minLength: 16 * count, maxLength: 16 * count }));
    const data = fc.oneof(fc.uint8Array({ maxLength: 200 }), blocks);
    fc.assert(
      fc.property(method, key, data, fc.nat(), fc.nat(9_000), (one, fileKey, bytes, number, units) => {
        const work = new Work(units);
        try {
          expect(decrypt(one, fileKey, bytes, number, 0, 7, work).length).toBeLessThanOrEqual(bytes.length);
          expect(one === 'none' || work.remaining < units).toBe(true);
        } catch (error) {
          if (error instanceof Damage) expect(error).toMatchObject({ reason: 'stream-corrupt', offset: 7 });
          else if (!(error instanceof OutOfWork)) throw error;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('should not hide a change of a stream with a checksum', () => {
    const keyOf = (dictionary: string, revision: number): Uint8Array => {
      const entry = (key: string): Buffer => hex(new RegExp(`/${key}<(\\w+)>`).exec(dictionary)?.[1] ?? '');
      const [ownerEntry, userEntry, userKeyEntry] = [entry('O'), entry('U'), entry('UE')];
      const constants = { keyLength: 16, permissions: -4, encryptMetadata: true, id: hex(ID.slice(1, -1)) };
      const key = fileKey({ revision, ownerEntry, userEntry, userKeyEntry, ...constants });
      return key ?? Buffer.alloc(0);
    };
    const content = Buffer.from(Array.from({ length: 200 }, (_, i) => `${(i * i) % 97} `).join(''));
    const streams = (['V 2, R 3', 'V 5, R 5'] as const).map((version) => {
      const [dictionary, page] = encrypted[version];
      const method: Method = version === 'V 2, R 3' ? 'rc4' : 'aes-256';
      const key = keyOf(dictionary, Number(version.at(-1)));
      const decrypted = (data: Uint8Array): Uint8Array =>
        decrypt(method, key, data, 6, 0, 0, new Work(2 ** 20));
      const iv = Buffer.alloc(16, 7);
      const cipher = createCipheriv('aes-256-cbc', key.length === 32 ? key : Buffer.alloc(32), iv);
      const plain = deflateSync(content);
      const data =
        method === 'rc4' ? decrypted(plain) : Buffer.concat([iv, cipher.update(plain), cipher.final()]);
      const verdictOf = (changed: Uint8Array): Verdict =>
        verify(document(dictionary, hex(page), changed, '/Filter/FlateDecode'));
      return { data, decrypted, verdictOf };
    });
    for (const { data, verdictOf } of streams) expect(verdictOf(data)).toEqual(intact);
    const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(fc.constantFrom(...streams), change, ({ data, decrypted, verdictOf }, [at, bits]) => {
        const changed = Buffer.from(data);
        changed[at % data.length] = (changed[at % data.length] ?? 0) ^ bits;
        // zlib finds no fault in some changes: bits without a meaning, such as the compression level in the header
        // (RFC 1950 2.2), and, once in many thousand runs, other content of the same Adler-32.
        if (verdictOf(changed).intact) inflateSync(decrypted(changed));
      }),
      { numRuns: 500 },
    );
  });
});
