/** JSON schemas in Korean: each text of the English ones has its own, nothing else differs, and the editor is given those of its language. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { inOtherWords, translated } from '../scripts/lib/schemas.mjs';

const root = path.join(import.meta.dirname, '..');
const read = (name: string): unknown => JSON.parse(readFileSync(path.join(root, name), 'utf8'));
const words = read('l10n/schemas.ko.json') as Readonly<Record<string, string>>;
const schemas = [...translated, 'lint'];

interface Manifest {
  readonly contributes: { readonly jsonValidation: readonly { readonly url: string }[] };
}

/** Every text of a schema that people read, by its place. */
function told(value: unknown, place = ''): [place: string, text: string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]): [string, string][] => {
    if (key === 'body') return [];
    if (typeof inner === 'string') return /^(title|description|label)$/.test(key) ? [[`${place}/${key}`, inner]] : [];
    return told(inner, `${place}/${key}`);
  });
}

/** Names and examples in a text, which mean the same in every language. */
const quoted = (text: string): readonly string[] => (text.match(/`[^`]+`|\{\{[^}]+\}\}/g) ?? []).sort();

describe.each(schemas)('the schema %s', (name) => {
  const english = read(`engine/schemas/${name}.schema.json`);
  const korean = read(`engine/schemas/ko/${name}.schema.json`);

  it('has every text in Korean, with its names', () => {
    const [from, to] = [told(english), told(korean)];
    expect(from.length).toBeGreaterThan(20);
    expect(to.map(([place]) => place)).toEqual(from.map(([place]) => place));
    for (const [i, [place, text]] of to.entries()) {
      expect(text, place).toMatch(/\p{Script=Hangul}/u);
      if (name !== 'lint') expect(quoted(text), place).toEqual(quoted(from[i]![1]));
    }
  });

  it('says the same otherwise', () => {
    const without = (schema: unknown) => inOtherWords(schema, {}).schema;
    const blank = Object.fromEntries([...told(english), ...told(korean)].map(([, text]) => [text, '…']));
    expect(without(inOtherWords(korean, blank).schema)).toEqual(without(inOtherWords(english, blank).schema));
  });
});

it('are made of the English ones (node scripts/schemas.mjs), and no translation is of a text that is gone', () => {
  const made = translated.map((name) => inOtherWords(read(`engine/schemas/${name}.schema.json`), words));
  expect(made.flatMap(({ missing }) => missing)).toEqual([]);
  for (const [i, { schema }] of made.entries())
    expect(schema).toEqual(read(`engine/schemas/ko/${translated[i]!}.schema.json`));
  expect(Object.keys(words).filter((text) => made.every(({ used }) => !used.has(text)))).toEqual([]);
});

it('are given to the editor in its language, which puts the manifest into words before it asks for schemas', () => {
  const { jsonValidation } = (read('package.json') as Manifest).contributes;
  const of = (file: string) => {
    const nls = read(file) as Readonly<Record<string, string>>;
    return jsonValidation.map(({ url }) => nls[/^%(.+)%$/.exec(url)?.[1] ?? '']);
  };
  expect(of('package.nls.json')).toEqual(schemas.map((name) => `./engine/schemas/${name}.schema.json`));
  expect(of('package.nls.ko.json')).toEqual(schemas.map((name) => `./engine/schemas/ko/${name}.schema.json`));
  for (const name of schemas) expect(existsSync(path.join(root, `engine/schemas/ko/${name}.schema.json`))).toBe(true);
});
