import { verify } from '../src/verification/verification.ts';
import { damagedCopies, undamagedDocuments } from './damaged-copies.ts';
import { format } from './table.ts';

/** Throws, or rejects, when the document is damaged. */
type Check = (document: Buffer) => unknown;

/** The verification of the gateway with default settings. */
export function gatewayCheck(document: Buffer): void {
  const { verdict } = verify(document, { level: 'deep', units: 2 ** 28 });
  if (!verdict.intact) throw new Error(verdict.reason);
}

/** One row for each class of damage: the share of damaged PDFs that each check accepts, then that of PNGs. */
export async function damageRows(checks: readonly Check[]): Promise<readonly (readonly string[])[]> {
  const [pdfs, pngs] = [undamagedDocuments('pdf'), undamagedDocuments('png')];
  const [damagedPdfs, damagedPngs] = [damagedCopies(pdfs), damagedCopies(pngs)];
  const rows = [
    ['none', ...(await sharesLetThrough(pdfs, checks)), ...(await sharesLetThrough(pngs, checks))],
  ];
  for (const [index, { name, copies }] of damagedPdfs.entries()) {
    const ofPngs = damagedPngs[index]?.copies ?? [];
    rows.push([
      name,
      ...(await sharesLetThrough(copies, checks)),
      ...(await sharesLetThrough(ofPngs, checks)),
    ]);
  }
  return rows;
}

async function sharesLetThrough(documents: readonly Buffer[], checks: readonly Check[]): Promise<string[]> {
  const shares: string[] = [];
  for (const check of checks) {
    let passed = 0;
    for (const document of documents) {
      try {
        await check(document);
        passed += 1;
      } catch {
        // The check found the damage.
      }
    }
    shares.push(`${format((100 * passed) / documents.length, 1)} %`);
  }
  return shares;
}
