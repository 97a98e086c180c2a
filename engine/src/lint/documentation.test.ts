/** The pages of the rules: what is written out in docs/ is what the rules say, and nothing in them is invisible. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { documentationOf, wholeDocumentation } from './documentation.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { languages, presets } from './rule.ts';
import { settableIds } from './config.ts';

it('is written out in docs/lint.md (node scripts/lintDocs.mjs)', () => {
  const file = path.resolve(import.meta.dirname, '../../../docs/lint.md');
  expect(readFileSync(file, 'utf8')).toBe(wholeDocumentation('en'));
});

it.each(languages)('has a page of each rule in %s, in which all can be seen', (language) => {
  const pages = documentationOf(language);
  expect(pages.map(({ id }) => id)).toEqual(settableIds);
  for (const { title, page } of pages) {
    expect(page.startsWith(`## ${title}\n`)).toBe(true);
    expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u00a0\u00ad\u200b-\u200f\u2000-\u200a\u2028-\u202e\ufeff]/u);
    expect(page).toBe(page.normalize('NFC'));
  }
});

it('is what the editor’s settings offer', () => {
  const { properties } = manifest.contributes.configuration;
  expect(properties['bllossom.lint.rules'].propertyNames.enum).toEqual(settableIds);
  expect(properties['bllossom.lint.preset'].enum.toSorted()).toEqual([...presets].sort());
});
