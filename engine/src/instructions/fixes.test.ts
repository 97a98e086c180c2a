/** What is offered for rows: each rule's examples, and JSON that stays JSON whatever is deleted. */
import { describe, expect, it } from 'vitest';
import { applied } from '../base/edit.ts';
import { finish } from '../base/steps.ts';
import { languages } from '../lint/rule.ts';
import { createTokenizer } from '../tokenizers/modelFile.ts';
import { dice, english, korean, trained } from '../tokenizers/testing/models.ts';
import { rowExamples, type RowExample } from './examples.ts';
import { deletion, rowFixes, rowFixTitle, rowInput, silencing } from './fixes.ts';
import { InstructionText, type InstructionKind } from './instructionText.ts';
import { rowRuleIds, rowRuleOf } from './rule.ts';

const tokenizer = createTokenizer(trained([...english, ...korean], { size: 520 }));
const severities = new Map(rowRuleIds.map((id) => [id, rowRuleOf(id).severity] as const));
const check = (text: string, kind: InstructionKind = 'jsonl', { template = 'auto', length = 2048 }: Partial<RowExample> = {}) =>
  finish(new InstructionText(kind, text).check({ tokenizer, template, length }, { all: true, severities })); // prettier-ignore
const firstFix = (text: string, kind: InstructionKind = 'jsonl', rule?: string) => {
  const finding = check(text, kind).find((one) => rule === undefined || one.rule === rule);
  const [fix] = finding === undefined ? [] : finish(rowFixes(finding, text, kind));
  return fix === undefined ? undefined : { title: rowFixTitle(fix, 'en'), text: applied(text, fix.edits) };
};
const row = (instruction: string, output: unknown, more: object = {}) =>
  JSON.stringify({ instruction, ...more, output });

describe.each(rowRuleIds)('%s', (id) => {
  const { told, leaves } = rowExamples[id];

  it.each(told.map((one) => [one.before, one] as const))('tells of %s', (before, example) => {
    const found = check(before, 'jsonl', example).find(({ rule }) => rule === id);
    expect(found).toBeDefined();
    expect(found!.severity).toBe(rowRuleOf(id).severity);
    const [fix] = finish(rowFixes(found!, before, 'jsonl'));
    const mended = fix === undefined ? undefined : applied(before, fix.edits);
    expect(mended?.replace(/\n$/, '')).toBe(example.after);
    if (fix === undefined) return;
    expect(check(mended!, 'jsonl', example).filter(({ rule }) => rule === id)).toEqual([]);
    for (const language of languages) expect(rowFixTitle(fix, language)).not.toMatch(/[{}]|^$/);
  });

  it.each(leaves.map((one) => [one.before, one] as const))('leaves %s alone', (before, example) => {
    expect(check(before, 'jsonl', example).map(({ rule }) => rule)).not.toContain(id);
  });
});

describe('a fix', () => {
  it.each([
    [row('a', true), 'Write true as a text', row('a', 'true')],
    [row('a', 12.5), 'Write 12.5 as a text', row('a', '12.5')],
    [row('a', 'b', { system: null }), 'Remove "system"', row('a', 'b')],
    ['{"instruction":"a","output":"b", "system" : null }', 'Remove "system"', '{"instruction":"a","output":"b" }'],
    [row('a', 'b', { history: '' }), 'Write "history": []', row('a', 'b', { history: [] })],
    [row(' \\n a\t', 'b'), 'Remove the spaces around the text', row('\\n a', 'b')],
    [row('a', '\n\ud83d\ude42 b\u00a0'), 'Remove the spaces around the text', row('a', '\ud83d\ude42 b')],
    ['{"instruction":"a","output":"\\u0020b\\u0020"}', 'Remove the spaces around the text', row('a', 'b')],
    ['{"conversations":[{"from":"Human","value":"a"},{"from":"gpt","value":"b"}]}', 'Write the role "human"', '{"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]}'], // prettier-ignore
  ])('of %s: %s', (before, title, after) => {
    expect(firstFix(before)).toEqual({ title, text: after });
  });

  it.each([
    row('a', null),
    row('a', ['b']),
    '{"instruction":"a"}',
    row('a', 'b', { history: [['q']] }),
    '{"messages":[{"role":"tool","content":"x"},{"role":"assistant","content":"b"}]}',
    '{"messages":[{"role":"user","content":"x"}]}',
    row('a', 'b', { input: null, system: {} }),
    row('How?', 'Bread needs four things. Flour gives it body. Water binds the flour and makes the'),
  ])('is not guessed for %s', (before) => {
    expect(check(before).length).toBeGreaterThan(0);
    expect(firstFix(before)).toBeUndefined();
  });
});

describe('deleting rows', () => {
  it.each(['jsonl', 'json'] as const)('leaves the others as they are, in %s', (kind) => {
    const random = dice(kind === 'json' ? 3 : 4);
    const pick = <T>(among: readonly T[]): T => among[random(among.length)]!;
    for (let i = 0; i < 300; i++) {
      const count = random(8);
      const rows = Array.from({ length: count }, (_, r) => row(`${r}, [`, `{"${r}\\"`));
      const eol = pick(['\n', '\r\n']);
      const text =
        kind === 'json'
          ? `[${pick(['', eol, '  '])}${rows.join(pick([',', `,${eol}  `, ` ,${eol}`]))}${pick(['', eol])}]${eol}`
          : rows.map((one) => one + pick([eol, eol + eol])).join('').slice(0, pick([undefined, -eol.length])); // prettier-ignore
      const places = rows.map((one) => ({ start: text.indexOf(one), end: text.indexOf(one) + one.length }));
      const gone = rows.map(() => pick([true, false]));
      const edits = finish(
        deletion(
          text,
          kind,
          places.filter((_, r) => gone[r]),
        ),
      );
      const left = applied(text, edits);
      const expected = rows.filter((_, r) => !gone[r]);
      const read = kind === 'json' ? (JSON.parse(left) as unknown[]) : left.split(/\r?\n/).filter((line) => line !== '').map((line) => JSON.parse(line) as unknown); // prettier-ignore
      expect(read, JSON.stringify([text, left])).toEqual(expected.map((one) => JSON.parse(one) as unknown));
      for (const one of expected) expect(left).toContain(one);
    }
  });
});

describe('a row', () => {
  it.each([
    ['{"instruction":"a","output":"b"}', '{"instruction":"a","input":"","output":"b"}'],
    ['{"output": "b",\n "instruction" : "a"}', '{"output": "b",\n "instruction" : "a", "input" : ""}'],
    ['{"instruction":"a","input":null,"output":"b"}', '{"instruction":"a","input":"","output":"b"}'],
    ['{"instruction":"a","input":"","output":"b"}', undefined],
    ['{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}', undefined],
    ['{"instruction":"a","out', undefined],
  ])('is given an empty input: %s', (before, after) => {
    const edit = rowInput(before);
    expect(edit === undefined ? undefined : applied(before, [edit])).toBe(after);
  });

  it.each([
    ['{"a":1}', '{"bllossom-disable": "row-empty", "a":1}'],
    ['{\n  "a": 1\n}', '{\n  "bllossom-disable": "row-empty",\n  "a": 1\n}'],
    ['{}', '{"bllossom-disable": "row-empty"}'],
    ['{"a":1,"bllossom-disable":"row-field"}', '{"a":1,"bllossom-disable":"row-field row-empty"}'],
    ['{"a":', undefined],
    ['[1]', undefined],
  ])('says that a rule is silent: %s', (before, after) => {
    const edit = silencing(before, 'row-empty');
    expect(edit === undefined ? undefined : applied(before, [edit])).toBe(after);
    if (after !== undefined) expect(() => void JSON.parse(after)).not.toThrow();
  });
});
