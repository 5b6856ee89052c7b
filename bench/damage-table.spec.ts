import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { damageRows, gatewayCheck } from './damage-table.ts';
import { damagedCopies, undamagedDocuments } from './damaged-copies.ts';

const page = readFileSync(new URL('../docs/verification.md', import.meta.url), 'utf8');

describe('damaged copies', () => {
  const sound = undamagedDocuments('pdf').slice(0, 20);
  const damaged = damagedCopies(sound);

  it('should all differ from their documents', () => {
    for (const { copies } of damaged) {
      expect(copies.map((copy, index) => copy.equals(sound[index] ?? copy))).toEqual(sound.map(() => false));
    }
  });

  it('should be the same in each run', () => {
    const digests = (classes: typeof damaged): readonly string[] =>
      classes.flatMap(({ copies }) => copies.map((copy) => createHash('sha256').update(copy).digest('hex')));
    expect(digests(damagedCopies(sound))).toEqual(digests(damaged));
  });

  it('should have the damage of their class', () => {
    const changed = (name: string): number[] => {
      const { copies } = damaged.find((each) => each.name === name) ?? { copies: [] };
      return copies.map((copy, at) => copy.filter((byte, index) => byte !== sound[at]?.[index]).length);
    };
    expect(changed('one bit flipped')).toEqual(sound.map(() => 1));
    expect(Math.max(...changed('512 bytes of noise'))).toBeLessThanOrEqual(512);
    expect(Math.max(...changed('two blocks of 512 bytes swapped'))).toBeLessThanOrEqual(1_024);
  });
});

describe('the table of undetected damage', () => {
  it('should have the result of npm run bench:damage for the gateway', async () => {
    const [, section = ''] = /<!-- damage -->([^]*)<!-- \/damage -->/.exec(page) ?? [];
    const rows = section
      .trim()
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()));
    const [head = [], , ...documented] = rows;
    const [pdf, png] = [head.indexOf('PDF: gateway'), head.indexOf('PNG: gateway')];
    expect(documented.map((row) => [row[1], row[pdf], row[png]])).toEqual(await damageRows([gatewayCheck]));
  });
});
