import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PdfBuilder } from './build.fixture.ts';
import { damaged, intact, verify } from './verify.fixture.ts';

/** A document with these objects: 1 is the catalog, 2 the root of the page tree, 3 a page, 4 its content. */
function tree(objects: Readonly<Record<number, string>> = {}): PdfBuilder {
  const all: Readonly<Record<number, string>> = {
    1: '<</Type/Catalog/Pages 2 0 R>>',
    2: '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    3: '<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>/XObject<</X1 6 0 R>>>>>>',
    5: '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
    ...objects,
  };
  const builder = new PdfBuilder();
  for (const [number, body] of Object.entries(all)) builder.object(Number(number), body);
  builder.stream(4, '/F1 9 Tf /X1 Do');
  if (all[6] === undefined) builder.stream(6, '0 0 9 9 re f', '/Type/XObject/Subtype/Form/BBox[0 0 9 9]');
  return builder.table().end();
}

const page = (entries: string): Record<number, string> => ({ 3: `<</Type/Page/Parent 2 0 R${entries}>>` });

describe('the page tree', () => {
  it.each<[string, Record<number, string>]>([
    ['a page, its content, font and form', {}],
    ['no page', { 2: '<</Type/Pages/Kids[]/Count 0>>' }],
    [
      'a node below the root',
      { 2: '<</Type/Pages/Kids[7 0 R]/Count 1>>', 7: '<</Type/Pages/Parent 2 0 R/Kids[3 0 R]/Count 1>>' },
    ],
    [
      'a node that does not name its parent',
      { 2: '<</Type/Pages/Kids[7 0 R]/Count 1>>', 7: '<</Type/Pages/Kids[3 0 R]/Count 1>>' },
    ],
    ['the same page twice', { 2: '<</Type/Pages/Kids[3 0 R 3 0 R]/Count 2>>' }],
    [
      'indirect kids, count and type',
      { 2: '<</Type 7 0 R/Kids 8 0 R/Count 9 0 R>>', 7: '/Pages', 8: '[3 0 R]', 9: '1' },
    ],
    ['a page without content', page('')],
    ['content that is null', page('/Contents null')],
    ['several contents', page('/Contents[4 0 R 4 0 R]/Resources<</Font<</F1 5 0 R>>/XObject<</X1 6 0 R>>>>')],
  ])('should accept %s', (_, objects) => {
    expect(verify(tree(objects))).toEqual(intact);
  });

  it.each<[string, Record<number, string>]>([
    ['a missing kid', { 2: '<</Type/Pages/Kids[9 0 R]/Count 1>>' }],
    ['a kid that is not a reference', { 2: '<</Type/Pages/Kids[(3 0 R)]/Count 1>>' }],
    ['a kid of another type', { 2: '<</Type/Pages/Kids[5 0 R]/Count 1>>' }],
    ['a kid that is not a dictionary', { 2: '<</Type/Pages/Kids[7 0 R]/Count 1>>', 7: '(page)' }],
    ['a node that is its own kid', { 2: '<</Type/Pages/Kids[2 0 R]/Count 1>>' }],
    [
      'a circle',
      {
        2: '<</Type/Pages/Kids[7 0 R]/Count 1>>',
        7: '<</Type/Pages/Parent 2 0 R/Kids[8 0 R]/Count 1>>',
        8: '<</Type/Pages/Parent 7 0 R/Kids[7 0 R]/Count 1>>',
      },
    ],
    ['a wrong count', { 2: '<</Type/Pages/Kids[3 0 R]/Count 2>>' }],
    ['no count', { 2: '<</Type/Pages/Kids[3 0 R]>>' }],
    ['no kids', { 2: '<</Type/Pages/Count 1>>' }],
    ['no type', { 2: '<</Kids[3 0 R]/Count 1>>' }],
    ['a page without a type', { 3: '<</Parent 2 0 R>>' }],
    ['a page with another parent', { 3: '<</Type/Page/Parent 5 0 R>>' }],
    ['a page without a parent', { 3: '<</Type/Page>>' }],
  ])('should reject %s', (_, objects) => {
    expect(verify(tree(objects))).toEqual(damaged('page-tree-malformed'));
  });

  it('should be followed to any depth, with work in proportion to its pages', () => {
    const builder = new PdfBuilder().object(1, '<</Type/Catalog/Pages 2 0 R>>');
    const depth = 10_000;
    for (let number = 2; number < depth; number++) {
      const parent = number === 2 ? '' : `/Parent ${number - 1} 0 R`;
      builder.object(number, `<</Type/Pages${parent}/Kids[${number + 1} 0 R]/Count 1>>`);
    }
    builder.object(depth, `<</Type/Page/Parent ${depth - 1} 0 R>>`);
    expect(verify(builder.table().end(), { level: 'deep', units: 2 ** 24 })).toEqual(intact);
  });
});

describe('what a page names', () => {
  const named = (resources: string): Record<number, string> =>
    page(`/Contents 4 0 R/Resources<<${resources}>>`);

  it.each<[string, Record<number, string>]>([
    ['missing content', page('/Contents 9 0 R')],
    ['content that is not a stream', page('/Contents 5 0 R')],
    ['one of several contents that is not a stream', page('/Contents[4 0 R 5 0 R]')],
    ['one of several contents that is not a reference', page('/Contents[4 0 R 5]')],
    ['missing resources', page('/Contents 4 0 R/Resources 9 0 R')],
    ['a missing font', named('/Font<</F1 9 0 R>>/XObject<</X1 6 0 R>>')],
    ['a font that is not a font dictionary', named('/Font<</F1 2 0 R>>/XObject<</X1 6 0 R>>')],
    ['a missing XObject', named('/Font<</F1 5 0 R>>/XObject<</X1 9 0 R>>')],
    ['an XObject that is not a stream', named('/Font<</F1 5 0 R>>/XObject<</X1 5 0 R>>')],
    ['an XObject without a subtype', named('/Font<</F1 5 0 R>>/XObject<</X1 4 0 R>>')],
  ])('should exist: %s', (_, objects) => {
    expect(verify(tree(objects))).toEqual(damaged('page-content-missing'));
  });

  it.each<[string, Record<number, string>]>([
    ['a font that no content uses', named('/Font<</F1 5 0 R/F2 9 0 R>>/XObject<</X1 6 0 R>>')],
    ['an XObject that no content uses', named('/Font<</F1 5 0 R>>/XObject<</X1 6 0 R/X2 null>>')],
    ['resources that are null', page('/Contents 4 0 R/Resources null')],
  ])('may be missing: %s', (_, objects) => {
    expect(verify(tree(objects))).toEqual(intact);
  });

  it('should be found in inherited resources and in forms', () => {
    const inherited = (font: string): Record<number, string> => ({
      2: `<</Type/Pages/Kids[3 0 R]/Count 1/Resources<</Font<</F1 ${font} 0 R>>/XObject<</X1 6 0 R>>>>>>`,
      3: '<</Type/Page/Parent 2 0 R/Contents 4 0 R>>',
    });
    expect(verify(tree(inherited('5')))).toEqual(intact);
    expect(verify(tree(inherited('9')))).toEqual(damaged('page-content-missing'));

    const form = (font: string): PdfBuilder =>
      new PdfBuilder()
        .object(1, '<</Type/Catalog/Pages 2 0 R>>')
        .object(2, '<</Type/Pages/Kids[3 0 R]/Count 1>>')
        .object(3, '<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</XObject<</X1 6 0 R>>>>>>')
        .object(5, '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>')
        .stream(4, '/X1 Do')
        .stream(6, '/F1 9 Tf', `/Subtype/Form/Resources<</Font<</F1 ${font} 0 R>>>>`)
        .table()
        .end();
    expect(verify(form('5'))).toEqual(intact);
    expect(verify(form('9'))).toEqual(damaged('page-content-missing'));
  });

  it('should be content with known operators if it has no checksum', () => {
    const raw = (content: string): PdfBuilder =>
      new PdfBuilder()
        .object(1, '<</Type/Catalog/Pages 2 0 R>>')
        .object(2, '<</Type/Pages/Kids[3 0 R]/Count 1>>')
        .object(3, '<</Type/Page/Parent 2 0 R/Contents[4 0 R 5 0 R]>>')
        .rawStream(4, Buffer.from('0 0 9'), '')
        .rawStream(5, Buffer.from(content), '')
        .table()
        .end();
    expect(verify(raw('9 re f'))).toEqual(intact);
    expect(verify(raw('9 rd f'))).toEqual(damaged('stream-corrupt'));
  });

  it('should include the resources that content without a checksum names, as far as they are known', () => {
    const named = (resources: string, content: string): PdfBuilder =>
      new PdfBuilder()
        .object(1, '<</Type/Catalog/Pages 2 0 R>>')
        .object(2, '<</Type/Pages/Kids[3 0 R]/Count 1>>')
        .object(3, `<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<${resources}>>>>`)
        .rawStream(4, Buffer.from(content), '');
    const verdict = (resources: string, content: string): unknown =>
      verify(named(resources, content).table().end());
    expect(verdict('/ExtGState<</G<<>>>>', '/G gs')).toEqual(intact);
    expect(verdict('/ExtGState<</H<<>>>>', '/G gs')).toEqual(damaged('stream-corrupt'));
    expect(verdict('/ExtGState null', '/G gs')).toEqual(damaged('stream-corrupt'));
    expect(verdict('/ExXXState<</G<<>>>>', '/G gs')).toEqual(damaged('stream-corrupt'));
    expect(verdict('/ProcSet[/PDF]', '/G gs')).toEqual(intact);
    expect(verdict('', '/G Do')).toEqual(damaged('stream-corrupt'));

    const unread = named('/Font 6 0 R', 'BT /F1 9 Tf ET').rawStream(
      5,
      Buffer.from('6 0 <</F1<<>>>>'),
      '/Type/ObjStm/N 1/First 4/Filter/BrotliDecode',
    );
    unread.compressed.set(6, [2, 5, 0]);
    expect(verify(unread.xrefStream(7, { numbers: [1, 2, 3, 4, 5, 6, 7] }).end())).toEqual({
      intact: true,
      complete: false,
      unchecked: ['filter'],
    });
  });
});

describe('any page tree', () => {
  interface Item {
    /** Undefined for a page. */
    kids: number[] | undefined;
    parent: number | undefined;
    count: number;
  }
  const ROOT = 2;

  /** A valid tree. Item i is object ROOT + i; `picks` chooses the parents of the items after the root. */
  function grown(picks: readonly number[]): Item[] {
    const root: Item = { kids: [], parent: undefined, count: 0 };
    const items = [root];
    for (const pick of picks) {
      const parent = items[pick % items.length] ?? root;
      (parent.kids ??= []).push(ROOT + items.length);
      items.push({ kids: undefined, parent: ROOT + items.indexOf(parent), count: 1 });
    }
    for (const item of items.toReversed())
      item.count = item.kids?.reduce((sum, kid) => sum + (items[kid - ROOT]?.count ?? 0), 0) ?? 1;
    return items;
  }

  /** The number of pages below an item (7.7.3); NaN when the tree is malformed. */
  function pagesBelow(
    items: readonly Item[],
    number: number,
    ancestors: number[],
    nodes: Set<number>,
  ): number {
    const item = items[number - ROOT];
    if (item === undefined) return NaN;
    const isBelow = item.parent !== undefined && ancestors.includes(item.parent);
    if (item.kids === undefined) return isBelow ? 1 : NaN;
    const mayBeHere = isBelow || item.parent === undefined || number === ROOT;
    if (!mayBeHere || nodes.has(number)) return NaN;
    nodes.add(number);
    const below = item.kids.map((kid) => pagesBelow(items, kid, [...ancestors, number], nodes));
    return below.reduce((sum, pages) => sum + pages, 0) === item.count ? item.count : NaN;
  }

  it('should be intact or damaged by its definition', () => {
    const change = fc.tuple(fc.constantFrom('kid', 'parent', 'count'), fc.nat(), fc.nat());
    const results = new Set<boolean>();
    fc.assert(
      fc.property(
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.array(change, { maxLength: 2 }),
        (picks, changes) => {
          const items = grown(picks);
          for (const [what, at, to] of changes) {
            const item = items[at % items.length];
            const number = ROOT + (to % (items.length + 1));
            if (item === undefined) continue;
            if (what === 'count') item.count += (to % 3) - 1;
            else if (what === 'parent') item.parent = number;
            else if (item.kids !== undefined) item.kids[to % (item.kids.length + 1)] = number;
          }
          const builder = new PdfBuilder().object(1, '<</Type/Catalog/Pages 2 0 R>>');
          for (const [i, { kids, parent, count }] of items.entries()) {
            const below = parent === undefined ? '' : `/Parent ${parent} 0 R`;
            const node = `/Type/Pages/Count ${count}/Kids[${kids?.map((kid) => `${kid} 0 R`).join(' ') ?? ''}]`;
            builder.object(ROOT + i, `<<${kids === undefined ? '/Type/Page' : node}${below}>>`);
          }
          const isValid = !Number.isNaN(pagesBelow(items, ROOT, [], new Set()));
          results.add(isValid);
          expect(verify(builder.table().end())).toEqual(isValid ? intact : damaged('page-tree-malformed'));
        },
      ),
      { numRuns: 500 },
    );
    expect(results.size).toBe(2);
  });
});

describe('any resources', () => {
  const FONT = 5;
  const FORMS = [6, 7, 8];
  const NAMES = ['F1', 'F2', 'X1', 'X2'] as const;
  const isFont = (name: string): boolean => name.startsWith('F');
  const holder = fc.record({
    /** The objects that NAMES refer to: 2 is a node, 4 a stream of another kind, 9 is missing. */
    targets: fc.array(fc.constantFrom(2, 4, FONT, ...FORMS, 9), { minLength: 4, maxLength: 4 }),
    used: fc.subarray([...NAMES]),
    isShared: fc.boolean(),
  });

  it('should be followed through forms, and have the objects that content uses', () => {
    const results = new Set<boolean>();
    fc.assert(
      fc.property(fc.array(holder, { minLength: 5, maxLength: 5 }), (holders) => {
        const [page, ...forms] = holders;
        const shared = holders.at(-1)?.targets ?? [];
        if (page === undefined) return;
        const resourcesOf = (targets: readonly number[]): string => {
          const entries = (fonts: boolean): string =>
            NAMES.map((name, i) => (isFont(name) === fonts ? `/${name} ${targets[i] ?? 9} 0 R` : '')).join(
              '',
            );
          return `<</Font<<${entries(true)}>>/XObject<<${entries(false)}>>>>`;
        };
        const resources = ({ targets, isShared }: typeof page): string =>
          isShared ? '/Resources 10 0 R' : `/Resources${resourcesOf(targets)}`;
        const content = ({ used }: typeof page): string =>
          used.map((name) => (isFont(name) ? `/${name} 9 Tf` : `/${name} Do`)).join(' ');
        const builder = new PdfBuilder()
          .object(1, '<</Type/Catalog/Pages 2 0 R>>')
          .object(2, '<</Type/Pages/Kids[3 0 R]/Count 1>>')
          .object(3, `<</Type/Page/Parent 2 0 R/Contents 4 0 R${resources(page)}>>`)
          .stream(4, content(page))
          .object(FONT, '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>')
          .object(10, resourcesOf(shared));
        for (const [i, number] of FORMS.entries()) {
          const form = forms[i] ?? page;
          builder.stream(number, content(form), `/Type/XObject/Subtype/Form${resources(form)}`);
        }
        let isMissing = false;
        const reached = new Set([page]);
        for (const { targets, isShared, used } of reached) {
          for (const [i, name] of NAMES.entries()) {
            const target = (isShared ? shared : targets)[i] ?? 9;
            const form = isFont(name) ? undefined : forms[FORMS.indexOf(target)];
            const isThere = isFont(name) ? target === FONT : FORMS.includes(target);
            if (form !== undefined && isThere) reached.add(form);
            isMissing ||= !isThere && used.includes(name);
          }
        }
        results.add(isMissing);
        expect(verify(builder.table().end())).toEqual(isMissing ? damaged('page-content-missing') : intact);
      }),
      { numRuns: 500 },
    );
    expect(results.size).toBe(2);
  });
});
