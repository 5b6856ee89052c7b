import type { Work } from '../../work.ts';
import { keyword, keywordAt, SOLIDUS } from '../characters.ts';
import { Entries } from '../containers.ts';
import { nameEnd } from '../lexer.ts';
import { numberOf } from '../names.ts';
import type { ObjectTable, Value } from '../object-table.ts';
import { nameAt, Scanner, signedIntegerAt } from '../scanner.ts';
import { stringAt } from '../strings.ts';
import { decrypt, type Method } from './decryption.ts';
import { fileKey, type StandardParameters } from './file-key.ts';

const FILTER = numberOf('Filter');
const STANDARD = numberOf('Standard');
const V = numberOf('V');
const R = numberOf('R');
const O = numberOf('O');
const U = numberOf('U');
const UE = numberOf('UE');
const P = numberOf('P');
const LENGTH = numberOf('Length');
const CF = numberOf('CF');
const STM_F = numberOf('StmF');
const EFF = numberOf('EFF');
const CFM = numberOf('CFM');
const ENCRYPT_METADATA = numberOf('EncryptMetadata');
const IDENTITY = numberOf('Identity');
const TYPE = numberOf('Type');
const METADATA = numberOf('Metadata');
const EMBEDDED_FILE = numberOf('EmbeddedFile');
const METHODS: ReadonlyMap<number, Method> = new Map([
  [numberOf('None'), 'none'],
  [numberOf('V2'), 'rc4'],
  [numberOf('AESV2'), 'aes-128'],
  [numberOf('AESV3'), 'aes-256'],
]);
const FALSE = keyword('false');

/** Bytes that are read of a string. Only the first 48 of /O and /U are used; some documents have 127. */
const MAX_STRING = 128;
const MIN_KEY_BITS = 40;
/** Units of work to compute the key of the document: hundreds of digests (Algorithm 2.B). */
const KEY_COST = 2 ** 18;

/** The encryption of a document (7.6) with its key. */
export class Encryption {
  readonly #key: Uint8Array;
  readonly #dictionary: Value;
  readonly #table: ObjectTable;
  readonly #encryptMetadata: boolean;
  /** False before V 4: all streams have the same method. */
  readonly #hasCryptFilters: boolean;
  readonly #streams: Method | undefined;
  readonly #embeddedFiles: Method | undefined;
  readonly #cryptFilters: number;

  private constructor(dictionary: Value, scanner: Scanner, key: Uint8Array, table: ObjectTable) {
    const { bytes } = dictionary;
    this.#dictionary = dictionary;
    this.#table = table;
    this.#key = key;
    this.#encryptMetadata = encryptsMetadata(scanner);
    this.#hasCryptFilters = scanner.integer(V) >= 4;
    this.#cryptFilters = scanner.at(CF);
    const streams = scanner.at(STM_F);
    const embedded = scanner.at(EFF);
    this.#streams = this.#hasCryptFilters ? this.#named(bytes, streams) : 'rc4';
    this.#embeddedFiles = embedded === 0 ? this.#streams : this.#named(bytes, embedded);
  }

  /**
   * The encryption that a dictionary describes. Undefined when the empty user password does not open the document, or
   * the security handler is not the standard one.
   *
   * @param id the first string of the trailer's /ID
   * @throws OutOfWork
   */
  static open(dictionary: Value, id: Uint8Array, table: ObjectTable, work: Work): Encryption | undefined {
    work.spend(KEY_COST);
    const { bytes, at } = dictionary;
    const scanner = new Scanner(bytes);
    scanner.scan(at);
    const version = table.integer(bytes, scanner.at(V));
    const revision = table.integer(bytes, scanner.at(R));
    const isKnown =
      scanner.isName(FILTER, STANDARD) && revision >= 2 && revision <= 6 && version >= 1 && version <= 5;
    if (!isKnown) return undefined;
    const text = (key: number): Uint8Array => {
      const value = scanner.at(key) === 0 ? undefined : table.resolve(bytes, scanner.at(key));
      return value === undefined ? new Uint8Array(0) : stringAt(value.bytes, value.at, MAX_STRING);
    };
    const parameters: StandardParameters = {
      revision,
      keyLength: keyBits(version, revision, table.integer(bytes, scanner.at(LENGTH))) / 8,
      ownerEntry: text(O),
      userEntry: text(U),
      userKeyEntry: text(UE),
      permissions: signedIntegerAt(bytes, scanner.at(P)),
      encryptMetadata: encryptsMetadata(scanner),
      id,
    };
    const key = fileKey(parameters);
    return key === undefined ? undefined : new Encryption(dictionary, scanner, key, table);
  }

  /**
   * Decrypts the data of a stream. Undefined when the crypt filter is unknown.
   *
   * @param stream the scanner that last scanned the dictionary of the stream
   * @param cryptFilter the /Name of its Crypt filter, if any
   * @param offset offset of the stream in the document, for the verdict
   * @throws Damage stream-corrupt
   * @throws OutOfWork
   */
  decrypt(
    stream: Scanner,
    cryptFilter: Value | 'identity' | undefined,
    data: Uint8Array,
    id: { readonly number: number; readonly generation: number },
    offset: number,
    work: Work,
  ): Uint8Array | undefined {
    const method = this.#methodOf(stream, cryptFilter);
    if (method === undefined) return undefined;
    return decrypt(method, this.#key, data, id.number, id.generation, offset, work);
  }

  #methodOf(stream: Scanner, cryptFilter: Value | 'identity' | undefined): Method | undefined {
    if (!this.#hasCryptFilters) return this.#streams;
    if (cryptFilter === 'identity') return 'none';
    if (cryptFilter !== undefined) return this.#named(cryptFilter.bytes, cryptFilter.at);
    if (!this.#encryptMetadata && stream.isName(TYPE, METADATA)) return 'none';
    return stream.isName(TYPE, EMBEDDED_FILE) ? this.#embeddedFiles : this.#streams;
  }

  /** The method of the crypt filter whose name stands at this offset; Identity when there is no name. */
  #named(bytes: Uint8Array, at: number): Method | undefined {
    if (at === 0 || bytes[at] !== SOLIDUS || nameAt(bytes, at) === IDENTITY) return 'none';
    const name = bytes.subarray(at + 1, nameEnd(bytes, at));
    const table = this.#table;
    const filters =
      this.#cryptFilters === 0 ? undefined : table.resolve(this.#dictionary.bytes, this.#cryptFilters);
    if (filters === undefined) return undefined;
    for (const entry = new Entries(filters.bytes, filters.at); entry.next();) {
      if (Buffer.compare(name, filters.bytes.subarray(entry.keyStart, entry.keyEnd)) !== 0) continue;
      const filter = table.resolve(filters.bytes, entry.at);
      if (filter === undefined) return undefined;
      const scanner = new Scanner(filter.bytes);
      scanner.scan(filter.at);
      const method = scanner.at(CFM);
      return method === 0 ? 'none' : METHODS.get(nameAt(filter.bytes, method));
    }
    return undefined;
  }
}

/** /Length is used only for V 2 and 3 (Table 20). */
function keyBits(version: number, revision: number, length: number): number {
  if (version === 5) return 256;
  if (version === 4) return 128;
  const isLength = version > 1 && revision > 2 && length >= MIN_KEY_BITS && length <= 128 && length % 8 === 0;
  return isLength ? length : MIN_KEY_BITS;
}

function encryptsMetadata(scanner: Scanner): boolean {
  const at = scanner.at(ENCRYPT_METADATA);
  return at === 0 || !keywordAt(FALSE, scanner.bytes, at);
}
