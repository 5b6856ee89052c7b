import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { authConfig } from './auth.config.ts';
import type { Consumer } from './consumer.ts';
import { digestOf, type KeyTable, MIN_KEY_LENGTH } from './key-file.ts';

/** The valid and expired API keys of API_KEY and API_KEYS_FILE, stored as digests. */
@Injectable()
export class KeyStore {
  readonly #ofSettings: KeyTable;
  #ofFile: KeyTable = new Map();

  constructor(@Inject(authConfig.KEY) { keys }: ConfigType<typeof authConfig>) {
    this.#ofSettings = new Map(keys.map((key, index) => [digestOf(key), { name: `key-${index + 1}` }]));
  }

  /** All consumers, each once. */
  get consumers(): ReadonlySet<Consumer> {
    return new Set(new Map([...this.#ofSettings, ...this.#ofFile]).values());
  }

  /** Replaces the API keys of the file. For an API key in both sources, the consumer of the file counts. */
  useFile(keys: KeyTable): void {
    this.#ofFile = keys;
  }

  /**
   * Finds the consumer of an API key, also of an expired one: `key-1` for the first one in API_KEY, and so on. The
   * lookup uses the digest, so that its timing reveals nothing: to approach a known digest, a caller would need
   * preimages of SHA-256, and a similar digest says nothing about a key of high entropy. A key shorter than
   * MIN_KEY_LENGTH is not looked up in the file, so that the digest of a short text in it gives no access.
   */
  consumerOf(key: string): Consumer | undefined {
    if (key === '') return undefined;
    const digest = digestOf(key);
    const ofFile = key.length < MIN_KEY_LENGTH ? undefined : this.#ofFile.get(digest);
    return ofFile ?? this.#ofSettings.get(digest);
  }
}
