import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { committed } from '../openapi/openapi.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const headings = [...changelog.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);

function notesOf(wanted: string, text: string): { readonly status: number | null; readonly stdout: string } {
  const folder = mkdtempSync(join(tmpdir(), 'document-gateway-'));
  try {
    writeFileSync(join(folder, 'CHANGELOG.md'), text);
    const env = { PATH: process.env['PATH'], CHANGELOG: join(folder, 'CHANGELOG.md') };
    return spawnSync(join(root, 'hack/release-notes.sh'), [wanted], { env, encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('CHANGELOG.md', () => {
  it('should have what is not released first, then each version with its date', () => {
    expect(headings[0]).toBe('[Unreleased]');
    for (const heading of headings.slice(1))
      expect(heading).toMatch(/^\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}$/);
  });

  it('should name its groups as Keep a Changelog does', () => {
    const groups = [...changelog.matchAll(/^### (.*)$/gm)].map(([, group]) => group);
    expect(groups.length).toBeGreaterThan(0);
    expect(['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security']).toEqual(
      expect.arrayContaining(groups),
    );
  });

  it('should have no version that is newer than the package, and the document that of the package', () => {
    expect(committed.info.version).toBe(version);
    const [newest = '0.0.0'] = headings.slice(1).map((heading) => heading.replace(/^\[(.*)\].*$/, '$1'));
    expect(newest.localeCompare(version, 'en', { numeric: true })).toBeLessThanOrEqual(0);
  });
});

describe('hack/release-notes.sh', () => {
  const text =
    '# C\n\n## [Unreleased]\n\n## [1.2.0] - 2026-12-01\n\n### Added\n\n- This.\n\n## [1.1.0] - 2026-11-01\n\n- That.\n';

  it('should print what the changelog says of a version, and of no other', () => {
    expect(notesOf('1.2.0', text)).toMatchObject({ status: 0, stdout: '\n### Added\n\n- This.\n' });
    expect(notesOf('1.1.0', text)).toMatchObject({ status: 0, stdout: '\n- That.\n' });
  });

  it.each(['1.3.0', '1.2', 'Unreleased', '--wrong', ''])('should fail when it says nothing: %j', (wanted) => {
    expect(notesOf(wanted, text)).toMatchObject({ stdout: '' });
    expect(notesOf(wanted, text).status).not.toBe(0);
  });
});
