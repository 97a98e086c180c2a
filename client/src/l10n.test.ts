/** Every text a user reads is there in Korean too: the manifest's and the code's, with the same placeholders. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const texts = (file: string) => JSON.parse(read(file)) as Readonly<Record<string, string>>;
const placeholders = (text: string): readonly string[] => [...new Set(text.match(/\{\d\}/g) ?? [])].sort();
/** Links and codicons of a text, which a translation must keep. */
const links = (text: string): readonly string[] => (text.match(/\(command:[\w.]+\)|`[^`]+`/g) ?? []).sort();

describe('the manifest', () => {
  const english = texts('package.nls.json');
  const korean = texts('package.nls.ko.json');
  const used = new Set([...read('package.json').matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key ?? ''));

  it('uses every text, and has every text it uses', () => {
    expect(Object.keys(english).sort()).toEqual([...used].sort());
  });

  it('has every text in Korean', () => {
    expect(Object.keys(korean)).toEqual(Object.keys(english));
    for (const [key, text] of Object.entries(korean)) {
      expect(text, key).not.toBe('');
      expect(links(text), key).toEqual(links(english[key] ?? ''));
    }
  });
});

describe('the code', () => {
  const korean = texts('l10n/bundle.l10n.ko.json');
  const used = textsInCode();

  it('finds texts at all', () => expect(used.size).toBeGreaterThan(100));

  it('has every text in Korean, and no text that is not used', () => {
    expect(Object.keys(korean).sort()).toEqual([...used].sort());
  });

  it('keeps placeholders', () => {
    for (const [english, text] of Object.entries(korean))
      expect(placeholders(text), english).toEqual(placeholders(english));
  });

  it('is Korean', () => {
    const same = Object.entries(korean).filter(([english, text]) => english === text);
    expect(same).toEqual([]);
  });
});

/** First arguments of all calls of `l10n.t`. */
function textsInCode(): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of readdirSync(path.join(root, 'client/src'))) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
    const source = ts.createSourceFile(name, read(`client/src/${name}`), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && /(^|\.)t$/.test(node.expression.getText())) {
        const [first] = node.arguments;
        if (first === undefined || !ts.isStringLiteralLike(first))
          throw new Error(`${name}: ${node.getText()} has no fixed text`);
        found.add(first.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}
