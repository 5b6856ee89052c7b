import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { authConfig } from './auth.config.ts';
import type { Consumer } from './consumer.ts';
import { digestOf, type KeyTable, MIN_KEY_LENGTH } from './key-file.ts';

/** The API keys that open the service, held as digests: those of API_KEY, and those of API_KEYS_FILE. */
@Injectable()
export class KeyStore {
  readonly #ofSettings: KeyTable;
  #ofFile: KeyTable = new Map();

  constructor(@Inject(authConfig.KEY) { keys }: ConfigType<typeof authConfig>) {
    this.#ofSettings = new Map(keys.map((key, index) => [digestOf(key), { name: `key-${index + 1}` }]));
  }

  /** Everyone with a key, each once. */
  get consumers(): ReadonlySet<Consumer> {
    return new Set(new Map([...this.#ofSettings, ...this.#ofFile]).values());
  }

  /** Puts the keys of the file in the place of those that it held before. A key of both sources has its name there. */
  useFile(keys: KeyTable): void {
    this.#ofFile = keys;
  }

  /**
   * Looks for the digest of the key rather than for the key, so that time tells nothing of it: to move the digest
   * towards one that is known, a caller would have to find inputs of SHA-256 by their outputs, and a digest that is
   * near says nothing about a key of high entropy.
   *
   * A digest in the file may be that of anything. No key that is too short for the file is looked for there, so that
   * the digest of an empty or a short text opens nothing.
   *
   * @returns who holds the key, expired or not: `key-1` for the first one in API_KEY, and so on
   */
  consumerOf(key: string): Consumer | undefined {
    if (key === '') return undefined;
    const digest = digestOf(key);
    const ofFile = key.length < MIN_KEY_LENGTH ? undefined : this.#ofFile.get(digest);
    return ofFile ?? this.#ofSettings.get(digest);
  }
}
