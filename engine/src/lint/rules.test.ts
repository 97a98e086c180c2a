/** Every rule by its examples: each fires and mends its text as it says, and leaves alone what it shall. */
import { describe, expect, it } from 'vitest';
import { finish } from '../base/steps.ts';
import { createTokenizer } from '../tokenizers/modelFile.ts';
import { english, trained } from '../tokenizers/testing/models.ts';
import { fixAll } from './fix.ts';
import { lint, type LintInput } from './lint.ts';
import type { Example, Rule } from './rule.ts';
import { rules } from './rules.ts';
import { type KindName, kinds } from './source.ts';

/** English words as pieces, everything else in bytes: where what rules speak of costs most. */
const tokenizer = createTokenizer(trained([...english, 'to use now if for'], { size: 420 }));

const inputOf = (rule: Rule, { before, kind = 'plaintext', options = {} }: Example): LintInput => ({
  text: before,
  kind: kind as KindName,
  settings: { rules: new Map([[rule.id, { severity: rule.severity, options: { ...rule.options, ...options } }]]) },
  tokenizer,
});

describe.each(rules.map((rule) => [rule.id, rule] as const))('%s', (_, rule) => {
  it.each(rule.examples.map((example) => [example.before, example] as const))('tells of %j', (_before, example) => {
    const input = inputOf(rule, example);
    const found = finish(lint(input));
    expect(found.length).toBeGreaterThan(0);
    const fixed = finish(fixAll(input, (finding) => finding.edits !== undefined));
    expect(fixed.text).toBe(example.after ?? example.before);
    if (example.after !== undefined && rule.leastSaved > 0) expect(fixed.saved).toBeGreaterThan(0);
  });

  it.each(rule.leaves.map((example) => [example.before, example] as const))('leaves alone %j', (_before, example) => {
    expect(finish(lint(inputOf(rule, example)))).toEqual([]);
  });

  it('has words in each language, with the same values in them', () => {
    const places = (text: string | undefined) => [...new Set(text?.match(/\{\w+\}/g))].sort();
    const { en, ko } = rule.words;
    for (const [a, b] of [
      [en, ko] as const,
      ...Object.keys(en.variants ?? {}).map((v) => [en.variants![v]!, ko.variants![v]!] as const),
    ]) {
      expect(places(b.message)).toEqual(places(a.message));
      expect(places(b.fix)).toEqual(places(a.fix));
    }
    expect(Object.keys(ko.variants ?? {})).toEqual(Object.keys(en.variants ?? {}));
    expect(/[가-힣]/.test(ko.title + ko.why)).toBe(true);
  });

  it('names kinds of files that there are', () => {
    for (const { kind } of [...rule.examples, ...rule.leaves])
      if (kind !== undefined) expect(Object.keys(kinds)).toContain(kind);
  });
});

it('gives five rules by default, those that are always a gain', () => {
  expect(rules.filter(({ preset }) => preset === 'default').map(({ id }) => id)).toEqual([
    'decomposed', 'invisible', 'exotic-space', 'compatibility-jamo', 'over-budget',
  ]); // prettier-ignore
});
