import { hash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../settings/settings.module.ts';
import type { Settings } from '../settings/settings.ts';

const digest = (key: string): Buffer => hash('sha256', key, 'buffer');

/** The API keys that open the service, held as digests. */
@Injectable()
export class KeyStore {
  readonly #keys: readonly { readonly consumer: string; readonly digest: Buffer }[];

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.#keys = settings.API_KEY.map((key, index) => ({
      consumer: `key-${index + 1}`,
      digest: digest(key),
    }));
  }

  /**
   * Takes as long for a wrong key as for a right one: digests have one length whatever the key's, and every
   * digest is looked at.
   *
   * @returns the consumer that holds the key: `key-1` for the first one in API_KEY, and so on
   */
  consumerOf(key: string): string | undefined {
    const presented = digest(key);
    let consumer: string | undefined;
    for (const candidate of this.#keys) {
      if (timingSafeEqual(candidate.digest, presented)) consumer = candidate.consumer;
    }
    return consumer;
  }
}
