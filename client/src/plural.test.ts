/** One row, two rows: in every text that has a word for each. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { agree } from './plural.ts';

const korean = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../../l10n/bundle.l10n.ko.json'), 'utf8'),
) as Readonly<Record<string, string>>;

it('tells one from many, and from none', () => {
  const text = '{0} of {1} {1|line|lines} {0|differs|differ}';
  expect(agree(text, '1', '1')).toBe('{0} of {1} line differs');
  expect(agree(text, 1, 2)).toBe('{0} of {1} lines differs');
  expect(agree(text, 0, 11)).toBe('{0} of {1} lines differ');
  expect(agree('1 {0|row|rows} copied', 1)).toBe('1 row copied');
  expect(agree('1,001 {0|row|rows} copied', '1,001')).toBe('1,001 rows copied');
  expect(agree('{0}행', 1)).toBe('{0}행');
});

it('no text is shown with both words', () => {
  // Labels of pages are filled in there; everything else is put together where it is said.
  const choices = Object.keys(korean).filter((text) => /\{\d\|/.test(text));
  expect(choices.length).toBeGreaterThan(30);
  for (const text of Object.values(korean)) expect(text).not.toMatch(/\{\d\|/);
  for (const name of readdirSync(import.meta.dirname)) {
    if (!name.endsWith('.ts') || /(\.test|Labels|plural)\.ts$/.test(name)) continue;
    const source = readFileSync(path.join(import.meta.dirname, name), 'utf8');
    const said = source.match(/'[^'\n]*\{\d\|[^'\n]*'/g) ?? [];
    expect(source.match(/\bfill\(\s*(vscode\.l10n\.)?t\(/g)?.length ?? 0, name).toBe(said.length);
  }
});
