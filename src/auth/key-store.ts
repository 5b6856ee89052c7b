import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';
import type { Consumer } from './consumer.ts';
import { digestOf, type KeyTable } from './key-file.ts';

/** The API keys that open the service, held as digests: those of API_KEY, and those of API_KEYS_FILE. */
@Injectable()
export class KeyStore {
  readonly #ofSettings: KeyTable;
  #keys: KeyTable;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.#ofSettings = new Map(
      settings.API_KEY.map((key, index) => [digestOf(key), { name: `key-${index + 1}` }]),
    );
    this.#keys = this.#ofSettings;
  }

  /** Everyone with a key, each once. */
  get consumers(): ReadonlySet<Consumer> {
    return new Set(this.#keys.values());
  }

  /** Puts the keys of the file in the place of those that it held before. A key of both sources has its name there. */
  useFile(keys: KeyTable): void {
    this.#keys = new Map([...this.#ofSettings, ...keys]);
  }

  /**
   * Looks for the digest of the key rather than for the key, so that time tells nothing of it: to move the digest
   * towards one that is known, a caller would have to find inputs of SHA-256 by their outputs, and a digest that is
   * near says nothing about a key of high entropy.
   *
   * @returns who holds the key, expired or not: `key-1` for the first one in API_KEY, and so on
   */
  consumerOf(key: string): Consumer | undefined {
    return this.#keys.get(digestOf(key));
  }
}
