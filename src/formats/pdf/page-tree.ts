import type { Work } from '../work.ts';
import { Elements } from './containers.ts';
import { Damage } from './damage.ts';
import { numberOf } from './names.ts';
import type { ObjectTable, Value } from './object-table.ts';
import { nameAt, referenceAt, Scanner } from './scanner.ts';

const TYPE = numberOf('Type');
const PAGES = numberOf('Pages');
const PAGE = numberOf('Page');
const KIDS = numberOf('Kids');
const COUNT = numberOf('Count');
const PARENT = numberOf('Parent');
const RESOURCES = numberOf('Resources');

/** Units of work for a page or another node. */
const NODE_COST = 512;

/** Called for each page. The scanner has scanned its dictionary last. */
export type PageVisitor = (page: Value, scanner: Scanner, inheritedResources: Value | undefined) => void;

/** A node whose kids are being visited. */
interface Node {
  readonly number: number;
  readonly value: Value;
  /** The kids that were not yet visited. */
  readonly kids: Elements;
  readonly kidsBytes: Uint8Array;
  /** /Count, and the number of pages found below the node so far. */
  readonly count: number;
  pages: number;
  readonly resources: Value | undefined;
}

/**
 * Visits the pages of the page tree (7.7.3) from the catalog on: each kid is a page or a node, no node occurs twice,
 * and /Count is the number of pages. Unread objects are skipped.
 *
 * @throws Damage catalog-missing, page-tree-malformed
 * @throws OutOfWork
 */
export function visitPages(catalog: Value, table: ObjectTable, work: Work, visit: PageVisitor): void {
  const scanner = new Scanner(catalog.bytes);
  const nodes = new Set<number>();
  /** The nodes from the root to the one whose kids are being visited. */
  const path: Node[] = [];
  const ancestors = new Set<number>();
  let isComplete = true;

  scanner.scan(catalog.at);
  const root = scanner.reference(PAGES);
  const first = root < 0 ? undefined : table.find(root);
  if (first === undefined) {
    if (root >= 0 && table.isUnread(root)) return;
    throw new Damage('catalog-missing', offsetOf(catalog));
  }
  open(root, first);
  for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
    if (node.kids.next()) enter(node, node.kids.at);
    else close(node);
  }

  /** Visits one kid of a node. */
  function enter(parent: Node, at: number): void {
    const number = referenceAt(parent.kidsBytes, at);
    const value = number < 0 ? undefined : table.find(number);
    if (value === undefined) {
      if (number < 0 || !table.isUnread(number)) throw malformed(parent.value);
      isComplete = false;
      return;
    }
    scanner.scan(value.at, value.bytes);
    if (!scanner.isDictionary) throw malformed(value);
    if (scanner.at(KIDS) !== 0) {
      open(number, value, parent);
      return;
    }
    work.spend(NODE_COST);
    if (!isOf(PAGE) || !ancestors.has(scanner.reference(PARENT))) throw malformed(value);
    parent.pages++;
    visit(value, scanner, parent.resources);
  }

  /** Starts the visit of a node whose dictionary was scanned last, except that of the root. */
  function open(number: number, value: Value, parent?: Node): void {
    work.spend(NODE_COST);
    if (nodes.has(number)) throw malformed(value);
    nodes.add(number);
    if (parent === undefined) scanner.scan(value.at, value.bytes);
    const kids = scanner.at(KIDS) === 0 ? undefined : table.resolve(value.bytes, scanner.at(KIDS));
    const isNode = scanner.isDictionary && isOf(PAGES) && kids !== undefined;
    // /Parent must be an ancestor. Some writers omit it in nodes, because readers do not use it.
    const isBelow =
      parent === undefined || scanner.at(PARENT) === 0 || ancestors.has(scanner.reference(PARENT));
    if (!isNode || !isBelow) throw malformed(value);
    const resources = scanner.at(RESOURCES);
    ancestors.add(number);
    path.push({
      number,
      value,
      kids: new Elements(kids.bytes, kids.at),
      kidsBytes: kids.bytes,
      count: table.integer(value.bytes, scanner.at(COUNT)),
      pages: 0,
      resources: resources === 0 ? parent?.resources : { bytes: value.bytes, at: resources },
    });
  }

  function close(node: Node): void {
    path.pop();
    ancestors.delete(node.number);
    if (isComplete && node.count !== node.pages) throw malformed(node.value);
    const parent = path.at(-1);
    if (parent !== undefined) parent.pages += node.pages;
  }

  function isOf(type: number): boolean {
    const at = scanner.at(TYPE);
    const value = at === 0 ? undefined : table.resolve(scanner.bytes, at);
    return value !== undefined && nameAt(value.bytes, value.at) === type;
  }

  function malformed(value: Value): Damage {
    return new Damage('page-tree-malformed', offsetOf(value));
  }

  function offsetOf({ bytes, at }: Value): number | undefined {
    return bytes === table.xref.bytes ? at : undefined;
  }
}
