import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { promptIds, readTemplateChoice } from './prompt.ts';

/** A code unit a token behind a space of the tokenizer's own; BOS 1, EOS 2. */
const tokenizer = {
  bosId: 1,
  eosId: 2,
  idOf: () => undefined,
  textOf: () => ' a',
  encode: (text: string) => {
    const ids = Array.from(text, (c) => c.charCodeAt(0));
    return { ids, starts: ids.map((_, i) => i), ends: ids.map((_, i) => i + 1) };
  },
} as unknown as Tokenizer;
const model = { tokenizer, template: 'llama2-chat', contextLength: 200 } as const;
const written = (ids: readonly number[]) =>
  ids.map((id) => (id === 1 ? '<s>' : id === 2 ? '</s>' : String.fromCharCode(id))).join('');

describe('a prompt', () => {
  it("stands as it was given, or in the model's own template", () => {
    const question = { prompt: 'Why?', input: 'A text.' };
    expect(written(unwrap(promptIds(question, 'none', model, 9)).ids)).toBe('<s>A text.\nWhy?');
    const auto = unwrap(promptIds(question, 'auto', model, 9));
    expect(auto).toMatchObject({ template: 'llama2-chat', turns: 0, ends: [2] });
    expect(written(auto.ids)).toBe('<s>[INST] Why?\nA text. [/INST]');
    const unknown = unwrap(promptIds(question, 'auto', { ...model, template: undefined }, 9));
    expect(unknown.template).toBeUndefined();
    expect(written(unwrap(promptIds(question, 'koalpaca', model, 9)).ids)).toContain('### Input(입력):\nA text.');
  });

  it('has the earlier turns behind it that the template and the window have room for', () => {
    const history = Array.from({ length: 8 }, (_, i) => ({ question: `question ${i}`, answer: 'x'.repeat(10) }));
    const { ids, turns } = unwrap(promptIds({ prompt: 'last', history }, 'auto', model, 40));
    expect(turns).toBeGreaterThan(1);
    expect(ids.length).toBeLessThanOrEqual(160);
    expect(ids.length).toBeGreaterThan(110); // one turn more would not fit
    expect(written(ids)).toMatch(/^<s>\[INST\] question \d \[\/INST\]x+ <\/s>.*<s>\[INST\] last \[\/INST\]$/);
    expect(unwrap(promptIds({ prompt: 'last', history }, 'alpaca', model, 40)).turns).toBe(0);
  });

  it('is refused where there is no place for what it has', () => {
    const system = { prompt: 'q', system: 's' };
    for (const choice of ['none', 'alpaca', 'plain'] as const)
      expect(promptIds(system, choice, model, 9)).toMatchObject({ ok: false });
    expect(promptIds({ prompt: 'q' }, 'llama3-chat', model, 9)).toMatchObject({ ok: false });
    expect(readTemplateChoice('x')).toMatchObject({ ok: false });
  });
});
