import { hash } from 'node:crypto';
import { imprint } from '../formats/formats.ts';
import { entityTagOf } from '../http/entity-tags.ts';

/** Stands for these bytes and no others, whoever made them. */
export function digestOf(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64url');
}

/**
 * A strong entity tag, RFC 9110 section 8.8.3: equal for equal documents and for no others, whenever and wherever
 * they were fetched, so that it holds across replicas and restarts.
 *
 * @param bytes an intact document
 */
export function entityTag(bytes: Uint8Array, digest = digestOf(imprint(bytes))): string {
  return entityTagOf(digest);
}
