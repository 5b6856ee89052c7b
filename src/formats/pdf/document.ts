import { Damage } from './damage.ts';
import { Encryption } from './encryption/encryption.ts';
import type { Inflater } from './inflater.ts';
import { ObjectTable } from './object-table.ts';
import { checkObjects } from './objects.ts';
import { visitPages } from './page-tree.ts';
import { PageResources } from './resources.ts';
import { StreamContents } from './stream-content.ts';
import { UnprovenStreams } from './unproven-streams.ts';
import type { CrossReference } from './xref.ts';

/**
 * Checks what the cross-reference refers to: all objects and their streams; then the pages and their resources; last,
 * streams that can be checked only by their use.
 *
 * @throws Damage
 * @throws OutOfWork
 */
export function checkDocument(xref: CrossReference, inflater: Inflater): void {
  const { work } = inflater;
  const table = new ObjectTable(xref);
  const contents = new StreamContents(table, inflater, encryptionOf(table, inflater));
  const unproven = new UnprovenStreams(table, contents, work, checkObjects(table, contents, inflater));
  const catalog = table.find(xref.root);
  if (catalog === undefined) {
    if (table.isUnread(xref.root)) return;
    throw new Damage('catalog-missing');
  }
  const resources = new PageResources(table, work, unproven);
  visitPages(catalog, table, work, (page, scanner, inherited) => {
    resources.visitPage(page, scanner, inherited);
  });
  unproven.checkRest();
}

/** The encryption of the document (7.6): undefined if there is none, null if the empty password does not open it. */
function encryptionOf(table: ObjectTable, { work }: Inflater): Encryption | undefined | null {
  const { bytes, encrypt, id } = table.xref;
  const dictionary = encrypt === 0 ? undefined : table.resolve(bytes, encrypt);
  if (dictionary === undefined) return undefined;
  return Encryption.open(dictionary, id, table, work) ?? null;
}
