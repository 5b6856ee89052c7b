import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Content } from '../content.ts';
import { OutOfWork, Work } from '../work.ts';
import { checkContentStream } from './content-stream.ts';
import type { Resources } from './content-stream.ts';

const WHOLE = { kind: 'whole' };
const bytes = (content: string): Buffer => Buffer.from(content, 'latin1');

function check(content: string | string[], resources?: Resources): Content {
  return checkContentStream([content].flat().map(bytes), new Work(1e6), resources);
}

/** The expected result for content whose first damaged token starts at `^`. */
function marked(content: string): { content: string; damaged: Content } {
  return { content: content.replace('^', ''), damaged: { kind: 'damaged', at: content.indexOf('^') } };
}

describe('checkContentStream', () => {
  it.each([
    '',
    'q 1 0 0 1 10.5 -.5 cm\n0 0 m 1. 2 l 3 4 5 6 7 8 c 1 2 3 4 v 1 2 3 4 y h W* n\rQ',
    'BT /F1 12 Tf 1 0 0 1 0 0 Tm (a\\)b(c)) Tj [(a) -20 <4 1>] TJ [] TJ T* (x) \' 1 2 (x) " ET',
    '[] 0 d [3 2.5] 1 d 1 w 0 J 1 j 10 M /Perceptual ri 1 i /GS gs',
    'q Q /Cs cs 1 sc /P scn .1 .2 /P SCN 0 g 0 0 1 RG 0 0 0 1 k /Sh sh /Im Do',
    '/Span <</MCID 0 /A [<</B (c)>> true null] >> BDC EMC /T /P BDC EMC /T MP /T <<>> DP /A BMC EMC',
    '750 0 d0 750 0 0 0 750 750 d1',
    '0 0 1 rg% a comment (\n0 0 10 10 re f*',
    '0.5g 1 0 0 RG BT/F1 12Tf(a)Tj',
    'BX 1 2 unknown (x) y1 EX 0 g',
    'q q q',
    'q Q Q ET BT /F 1 Tf',
    'q 0 0 m Q BT ET',
    `0 g${'\0'.repeat(15)}1 g BT (${'\0'.repeat(20)}) Tj`,
  ])('should accept %j', (content) => {
    expect(check(content)).toEqual(WHOLE);
  });

  it.each([
    ['an unknown operator', '0 g ^zz 1 g'],
    ['an operator that is longer than any', '0 g ^long'],
    ['an operator that is only known in a compatibility section', 'BX zz EX ^zz'],
    ['a missing operand', '1 0 0 1 5 ^cm'],
    ['an operand too many', '1 2 3 ^l'],
    ['an operand of another kind', '/F1 (12) ^Tf'],
    ['an array that may hold no names', '[(a) /b] ^TJ'],
    ['an array that may hold no strings', '[(a)] 0 ^d'],
    ['an array that may hold numbers alone', '[1 [2]] 0 ^d'],
    ['more operands than there are components', `${'1 '.repeat(33)}^1 scn`],
    ['a byte that is not part of a number', '1 2 3^\x81 l'],
    ['a number without a digit', '1 ^- l'],
    ['a number with two points', '1 ^2.3.4 l'],
    ['a string that is not closed', '^(a(b) Tj'],
    ['a hexadecimal string with another letter', '^<41g2> Tj'],
    ['a single bracket', '0 g ^)'],
    ['an array that is not closed', '^[(a) (b) TJ'],
    ['an array that a dictionary closes', '^[(a) >> TJ'],
    ['zeros where content was', `0 g^${'\0'.repeat(16)} 1 g`],
    ['more restored than saved', 'Q ^Q'],
    ['the state saved in a text object', 'BT ^q'],
    ['the state restored in a text object', 'q BT ^Q'],
    ['text outside of a text object', 'BT ET (a) ^Tj'],
    ['a text position outside of a text object', '1 0 ^Td'],
    ['marked content that ends before it begins', '/A BMC EMC ^EMC'],
    ['a path that has no beginning', '0 0 m f 1 2 ^l'],
    ['a path that is not drawn', '0 0 10 10 re W ^'],
    ['a start of a path', 'q 0 0 m ^'],
    ['a line that is not drawn before `Q`', 'q 0 0 m 1 2 l Q BT ET ^'],
    ['a rectangle that is not drawn before `Q`', 'q 0 0 9 9 re Q BT ET ^'],
    ['a path that goes on after `Q` and is not drawn', 'q 0 0 m Q 1 2 l ^'],
    ['a stray closing bracket', '0 g ^] TJ'],
    ['arrays that are nested too deep', `^${'['.repeat(600)}${']'.repeat(600)} TJ`],
  ])('should refuse %s', (_, text) => {
    const { content, damaged } = marked(text);
    expect(check(content)).toEqual(damaged);
  });

  it('should read several streams as one, without joining tokens', () => {
    expect(check(['BT (a', ') Tj ET'])).toEqual(WHOLE);
    expect(check(['1 2', '3 4 re f'])).toEqual(WHOLE);
    expect(check(['0 g', 'G'])).toEqual({ kind: 'damaged', at: 4 });
    expect(check([])).toEqual(WHOLE);
  });

  it('should look up names in the resources', () => {
    const content = '/F1 1 Tf /I Do /G gs /DeviceRGB cs /C CS /S sh /P scn 1 scn';
    const asked: string[] = [];
    const resources: Resources = (category, name) => {
      asked.push(`${category} ${name}`);
      return name !== 'X';
    };
    expect(check(content, resources)).toEqual(WHOLE);
    expect(asked).toEqual(['Font F1', 'XObject I', 'ExtGState G', 'ColorSpace C', 'Shading S', 'Pattern P']);
    expect(check('0 g /X Do', resources)).toEqual({ kind: 'damaged', at: 7 });
    expect(check('/#58 Do', resources)).toEqual({ kind: 'damaged', at: 5 });
  });

  it('should spend work on every byte', () => {
    expect(() => checkContentStream([bytes('0 g '.repeat(100))], new Work(1_000))).toThrow(OutOfWork);
  });

  it('should never throw, and take linear time for nesting', () => {
    const token = fc.constantFrom(
      '<<',
      '>>',
      '[',
      ']',
      '(',
      ')',
      'BI',
      'ID',
      'EI',
      '/W 1',
      '/F/Fl',
      ' ',
      '1',
      'q',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(token).map((all) => all.join(' ')),
        ),
        (text) => {
          expect(['whole', 'damaged']).toContain(check(text).kind);
        },
      ),
    );
    expect(check('['.repeat(200_000)).kind).toBe('damaged');
  });
});

describe('inline images', () => {
  it.each([
    'q BI /W 2 /H 2 /BPC 8 /CS /G ID \x00EI\xff EI Q',
    'BI /Width 9 /Height 2 /ImageMask true ID \x00EI\xff\nEI',
    'BI /W 1 /H 1 /BPC 8 /CS [/I /RGB 0 <ffffff>] ID ) EI',
    'BI /W 1 /H 2 /BPC 8 /CS /CMYK ID 12345678EI 0 g',
    'BI /W 9 /H 9 /F /DCT /D [1 0] /DP <</K -1>> ID\n\xff\xd8 EI \xff\xd9EI\nQ BT (a',
    'BI /W 9 /H 9 /CS /Cs1 /BPC 8 ID \x80 EI x EI 1 0 0 rg',
    `BI /W 9 /H 9 /F [/A85 /Fl] ID abc~> EI BT (${'x'.repeat(400)}) Tj`,
  ])('should accept %j', (content) => {
    const rest = content.endsWith('(a') ? ') Tj' : '';
    expect(check(content + rest)).toEqual(WHOLE);
  });

  it.each([
    ['data that are too short', 'q ^BI /W 2 /H 2 /BPC 8 /CS /G ID 12 EI Q'],
    ['data that are too long', `q ^BI /W 2 /H 2 /BPC 8 /CS /G ID 1234${' '.repeat(20)} EI Q`],
    ['data without an end', '^BI /W 2 /H 2 /F /DCT ID 1234 Q'],
    ['an end that no content follows', '^BI /W 2 /H 2 /F /DCT ID 1234 EI \x81\x82 EI zz'],
    ['a key that is not a name', '^BI W 2 ID 1 EI'],
    ['a missing value', '^BI /W ID 1 EI'],
    ['no data', '^BI /W 1'],
  ])('should refuse %s', (_, text) => {
    const { content, damaged } = marked(text);
    expect(check(content)).toEqual(damaged);
  });
});
