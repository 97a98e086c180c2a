/** Instruction data: each rule by examples, places through escapes, edits, and the word of what a training reads. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { finish } from '../base/steps.ts';
import { encodeSegments, segmentsOf } from '../data/dialogue.ts';
import { readRecords } from '../data/records.ts';
import { templateNames } from '../data/templates.ts';
import { createTokenizer } from '../tokenizers/modelFile.ts';
import { dice, english, korean, trained } from '../tokenizers/testing/models.ts';
import { unwrap } from '../base/problem.ts';
import { defaultRowOptions, type RowOptions } from './checkRow.ts';
import { type Conversation, readFields } from './fields.ts';
import { InstructionText, type InstructionKind } from './instructionText.ts';
import { dialogueOf, rowLength, surelyFits } from './length.ts';
import { completionsAt, fieldAt as fieldSteps } from './rowFields.ts';
import { rowMessage, rowRuleIds, rowRules } from './rule.ts';

const tokenizer = createTokenizer(trained([...english, ...korean], { size: 520 }));
const check = (text: string, options: RowOptions = defaultRowOptions, kind: InstructionKind = 'jsonl') =>
  finish(new InstructionText(kind, text).check(options, { all: true }));
const fieldAt = (...args: Parameters<typeof fieldSteps>) => finish(fieldSteps(...args));
/** `rule/variant «what is marked»` of each finding. */
const told = (text: string, options?: RowOptions, kind?: InstructionKind) =>
  check(text, options, kind).map(({ rule, variant, start, end }) => `${rule}/${variant} «${text.slice(start, end)}»`);
const row = (instruction: string, output: string, more: object = {}) =>
  JSON.stringify({ instruction, ...more, output });
const chat = (...messages: (readonly [string, string])[]) =>
  JSON.stringify({ messages: messages.map(([role, content]) => ({ role, content })) });

describe('a row', () => {
  it.each([
    [row('Name a colour.', 'Blue.'), []],
    [chat(['system', 'Be kind.'], ['user', 'Hi'], ['assistant', 'Hello!']), []],
    ['{"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Hello!"}]}', []],
    ['{"conversations":["Hi","Hello!"],"source":"x"}', []],
    ['{"text":"plain"}', []],
    ['{"ids":[1,2]}', []],
    ['{"instruction":"Name a colour."}', ['row-field/missing «"instruction"»']],
    ['{"output":"Blue."}', ['row-field/missing «"output"»']],
    ['{"instruction":"a","output":7}', ['row-field/text «7»']],
    ['{"instruction":"a","output":null}', ['row-field/text «null»']],
    ['{"instruction":"a","input":["x"],"output":"b"}', ['row-field/text «["x"]»']],
    ['{"instruction":"a","output":"b","history":[["q"]]}', ['row-field/history «[["q"]]»']],
    ['[1]', ['row-field/object «[»']],
    ['{"prompt":"a"}', ['row-field/form «"prompt"»']],
    ['{"messages":[]}', ['row-field/list «[]»']],
    [chat(['user', 'Hi'], ['tool', 'x']), ['row-field/role «"tool"»']],
    [chat(['assistant', 'Hello']), ['row-field/turn «"assistant"»']],
    [chat(['user', 'Hi'], ['user', 'Hello']), ['row-field/turn «"user"»']],
    [chat(['user', 'Hi'], ['assistant', 'Yes?'], ['user', 'Well']), ['row-field/unanswered «"Well"»']],
    [chat(['system', 'Be kind.']), ['row-field/none «"messages"»']],
    ['{"messages":[{"role":"user"}]}', ['row-field/message «"role"»']],
    [row(' ', 'Blue.'), ['row-empty/question «" "»']],
    [row('Name a colour.', '\n'), ['row-empty/answer «"\\n"»']],
    [row('', 'Blue.', { input: 'sky' }), []],
    [row('Name a colour.', '', { 'bllossom-disable': 'row-empty' }), []],
    [row('Name a colour.', '', { 'bllossom-disable': 'row-language' }), ['row-empty/answer «""»']],
  ])('%s', (text, findings) => expect(told(text)).toEqual(findings));

  it('of which half is written gets a word of syntax, and its neighbours none', () => {
    const whole = row('Name a colour.', 'Blue.');
    const other = row('Name a fruit.', 'Pear.');
    for (let cut = 1; cut < whole.length; cut++) {
      const text = `${other}\n${whole.slice(0, cut)}\n${row('Name a tree.', 'Oak.')}`;
      const findings = check(text);
      expect(findings.map(({ rule, row: at }) => [rule, at]), whole.slice(0, cut)).toEqual([['row-syntax', 2]]); // prettier-ignore
      const [{ start, end }] = findings as [(typeof findings)[0]];
      expect(start).toBeGreaterThan(other.length);
      expect(end).toBeGreaterThan(start);
      expect(end).toBeLessThanOrEqual(other.length + 1 + cut);
    }
    expect(told('{"instruction":"a",,"output":"b"}')).toEqual(['row-syntax/json «,»']);
  });
});

describe('languages', () => {
  const english = 'The capital of France is Paris, and it lies on the river Seine.';
  it.each([
    ['프랑스의 수도는 어디인가요?', english, true],
    ['What is the capital of France?', '프랑스의 수도는 파리이며 센강을 끼고 있는 아름다운 도시로 알려져 있습니다.', true],
    ['Какая столица Франции?', english, true],
    ['フランスの首都はどこですか。', english, true],
    ['프랑스의 수도를 영어로 설명해 주세요.', english, false],
    ['다음 문장을 번역하세요.', english, false],
    ['What is the capital of France? Answer in Korean.', '프랑스의 수도는 파리이며 센강을 끼고 있는 도시입니다. 아주 아름답습니다.', false],
    ['웹 서버 세 가지를 말하세요.', 'Apache, Nginx, Caddy, Lighttpd, Tomcat', false],
    ['두 수를 더하세요.', '```\nthe_sum_of_numbers = first + second\n```', false],
    ['What is the capital of France?', english, false],
    ['수도는 어디인가요?', 'Paris.', false],
  ])('%s → %s', (question, answer, differs) =>
    expect(told(row(question, answer)).map((line) => line.split(' ')[0])).toEqual(differs ? ['row-language/differs'] : []),
  ); // prettier-ignore
});

describe('answers that break off', () => {
  const begin = 'Bread needs four things. Flour gives it body.';
  it.each([
    [`${begin} Water binds the flour, and`, []],
    [`${begin} Water binds the flour and makes the`, ['row-truncated/sentence «the»']],
    [`${begin} Water binds it,`, ['row-truncated/middle «it,»']],
    [`${begin} The others are as follows:`, ['row-truncated/middle «follows:»']],
    [`${begin} Like so:\n\`\`\`\nmix()\n`, ['row-truncated/fence «mix()»']],
    [`${begin} Like so:\n\`\`\`\nmix()\n\`\`\``, []],
    [`${begin} \ud55c\ufffd`, ['row-truncated/character «한\ufffd»']],
    ['빵에는 네 가지가 필요합니다. 밀가루는 몸을 주고 물은 밀가루를 뭉치게 합니다. 소금은 맛을 내고 효모는 반죽을', ['row-truncated/sentence «반죽을»']],
    ['빵에는 네 가지가 필요합니다. 밀가루는 몸을 주고 물은 밀가루를 뭉치게 하며 소금은 맛을 내고 효모는 반죽을 부풀림', []],
    ['빵에는 네 가지가 필요합니다. 제가 꼽는 네 가지는 다음과 같으니 잘 보아 두세요. 밀가루, 물, 소금, 효모', []],
    [`${begin}\n- Water binds the flour and makes the dough`, []],
    [`${begin} Yours sincerely,\nJane`, []],
    ['Roses are red. Violets are blue and grow by the road\nSugar is sweet and it melts like the snow', []],
    [`${begin} Read more at https://example.org/bread/of/the/world`, []],
    ['Blue', []],
  ])('%s', (answer, findings) => {
    // A word that ends in `and` is a sentence without an end as well.
    const expected = answer.endsWith(', and') ? ['row-truncated/sentence «and»'] : findings;
    expect(told(row('How is bread made? 빵은 어떻게 만드나요?', answer))).toEqual(expected);
  }); // prettier-ignore

  it('are marked where they stand, through escapes', () => {
    const text = String.raw`{"instruction":"q","output":"\u0041 \"list\" \\ of\n\tthings and \ud83d\ude00 a pair,"}`;
    const [found] = check(text);
    expect(text.slice(found!.start, found!.end)).toBe('pair,');
    const tail = String.raw`{"instruction":"q","output":"Three are wanted: one, two \uc640,"}`;
    expect(told(tail)).toEqual([String.raw`row-truncated/middle «\uc640,»`]);
  });
});

describe('duplicates', () => {
  it('are told of the later row, with a way to the first', () => {
    const first = row('Name a colour.', 'Blue.');
    const text = `${first}\n\n${row('Name a fruit.', 'Pear.')}\n${row('Name  a colour.', 'Blue.\n')}\n`;
    const [found, ...more] = check(text);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ rule: 'row-duplicate', row: 3, values: { row: 1 } });
    expect(text.slice(found!.related!.start, found!.related!.end)).toBe('"instruction"');
    expect(found!.start).toBe(text.lastIndexOf('"instruction"'));
    expect(rowMessage(found!, 'en')).toBe('The same as row 1');
  });

  it('are those that differ in how letters are composed, not those that differ in the answer', () => {
    expect(told(`${row('한글', '예.')}\n${row('한글'.normalize('NFD'), '예.')}`)).toHaveLength(1);
    expect(told(`${row('Name a colour.', 'Blue.')}\n${row('Name a colour.', 'Red.')}`)).toEqual([]);
    const a = chat(['user', 'Hi'], ['assistant', 'Hello!']);
    expect(told(`${a}\n${a}\n${a}`)).toHaveLength(2);
  });
});

describe('length', () => {
  const conversation = (text: string): Conversation => readFields(JSON.parse(text)).conversation!;
  const tokensOf = (text: string, template: (typeof templateNames)[number]) => {
    const segments = unwrap(segmentsOf(template, dialogueOf(conversation(text))));
    const known = segments.filter((s) => s.kind === 'text' || s.token === 'bos' || s.token === 'eos');
    return (
      encodeSegments(known, tokenizer).reduce((sum, { ids }) => sum + ids.length, 0) + segments.length - known.length
    );
  };

  it('is what a training encodes, in every template, of short texts and long ones', () => {
    for (const times of [1, 40, 200]) {
      const text = row('물은 몇 도에서 어나요?', `${korean.join(' ')} `.repeat(times), { input: english[0]! });
      for (const template of templateNames) {
        const { tokens } = finish(rowLength(conversation(text), template, tokenizer))!;
        expect(tokens, `${template} ${times}`).toBe(tokensOf(text, template));
        if (surelyFits(conversation(text), template, 2048)) expect(tokens).toBeLessThanOrEqual(2048);
      }
    }
  });

  it('is told where the answer is cut: what stands before it is read', () => {
    const answer = `“한글” ${english.join(' ')} ${korean.join(' ')}\n`.repeat(30);
    const text = row('Tell.', answer);
    const length = 700;
    const [found] = check(text, { tokenizer, length, template: 'alpaca' }).filter(
      ({ rule }) => rule === 'row-too-long',
    );
    expect(found).toMatchObject({ variant: 'answer', values: { tokens: tokensOf(text, 'alpaca'), length } });
    const read = JSON.parse(`"${text.slice(text.indexOf('"output":"') + 10, found!.start)}"`) as string;
    expect(answer.startsWith(read)).toBe(true);
    // The answer's tokens that fit: what stands before the mark has just as many, give or take one that spans it.
    const before = tokensOf(row('Tell.', ''), 'alpaca') - 1;
    const { starts } = tokenizer.encode(answer);
    expect(starts[length - before]).toBe(read.length);
  });

  it('is told of the prompt where that alone is too long, and in the template that fits', () => {
    const long = row(english.join(' ').repeat(20), 'Yes.');
    expect(check(long, { tokenizer, length: 300, template: 'auto' })[0]).toMatchObject({ variant: 'prompt' });
    const chatted = chat(['system', 'Be kind.'], ['user', 'Hi'], ['assistant', `${english.join(' ')} `.repeat(20)]);
    const [found] = check(chatted, { tokenizer, length: 300, template: 'auto' });
    expect(found).toMatchObject({ rule: 'row-too-long', values: { template: 'llama2-chat' } });
    expect(told(chatted, { length: 300, template: 'alpaca' })).toEqual(['row-template/system «"Be kind."»']);
  });
});

describe('a file', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'instructions-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has a fault of fields or of syntax exactly where a training refuses the row', async () => {
    const random = dice(11);
    const values = ['"a"', '"b c"', '7', 'null', '[]', '{}', '[["q","a"]]', '["q","a"]', '[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]', '[{"role":"system","content":"s"},{"role":"user","content":"q"}]', '[{"from":"human","value":"q"},{"from":"gpt","value":"a"}]', '[{"role":"user","content":null}]', '[{"role":"tool","content":"x"}]', '"torn']; // prettier-ignore
    const names = ['instruction', 'input', 'output', 'history', 'system', 'messages', 'conversations', 'text'];
    let refused = 0;
    for (let round = 0; round < 1500; round++) {
      const members = Array.from({ length: random(5) }, () => `"${names[random(names.length)]!}":${values[random(4) === 0 ? random(values.length) : random(2)]!}`); // prettier-ignore
      const text = `{${members.join(',')}}`;
      const file = path.join(folder, 'x.jsonl');
      writeFileSync(file, text);
      let reads = true;
      try {
        for await (const { type } of readRecords(file)) expect(type).not.toBe('');
      } catch {
        reads = false;
        refused++;
      }
      const faults = check(text).filter(({ rule }) => rule === 'row-field' || rule === 'row-syntax');
      expect(faults.length === 0, text).toBe(reads);
    }
    expect(refused).toBeGreaterThan(300);
    expect(refused).toBeLessThan(1400);
  });

  it('of other rows gets no word, unless somebody names it', () => {
    const other = '{"ko":"물","en":"water"}\n{"ko":"불","en":"fire"}\n';
    const quiet = (text: string, kind: InstructionKind = 'jsonl') =>
      finish(new InstructionText(kind, text).check(defaultRowOptions));
    expect(quiet(other)).toEqual([]);
    expect(quiet('{"name":"x","output":{"a":[1,2]}}', 'json')).toEqual([]);
    expect(check(other)).toHaveLength(2);
    expect(quiet(`${other}${row('a', '')}\n${row('b', '')}\n${row('c', '')}`)).toHaveLength(5);
  });

  it('as an array of JSON has the same findings, in whatever layout', () => {
    const rows = [row('a', ''), row('Say "[{,".', 'It was said.'), row('a', ''), '{"instruction":1,"output":"x"}'];
    const lines = check(rows.join('\n')).map(({ rule, row: at }) => [rule, at]);
    for (const text of [
      `[${rows.join(',')}]`,
      `\ufeff [\n  ${rows.join(',\n  ')}\n]\n`,
      JSON.stringify(
        rows.map((r) => JSON.parse(r) as unknown),
        undefined,
        2,
      ),
    ])
      // prettier-ignore
      expect(check(text, defaultRowOptions, 'json').map(({ rule, row: at }) => [rule, at])).toEqual(lines);
    expect(lines).toHaveLength(4);
    expect(told('[{"instruction":"a","output":"b},\n{"instruction":"a","output":""}]', undefined, 'json').map((line) => line.split(' ')[0])).toEqual(['row-syntax/json', 'row-empty/answer']); // prettier-ignore
  });

  it('has after any edits the findings of the text as it stands', () => {
    const random = dice(5);
    const parts = ['\n', '\r\n', '"', '{', '}', ',', row('a', ''), row('b', 'It is so:'), ' ', '\\', '한', '\n\n'];
    for (const kind of ['jsonl', 'json'] as const) {
      let text = kind === 'json' ? `[${row('a', 'b')},\n${row('c', '')}]` : `${row('a', 'b')}\n${row('c', '')}\n`;
      const kept = new InstructionText(kind, text);
      for (let round = 0; round < 400; round++) {
        const start = random(text.length + 1);
        const end = Math.min(text.length, start + (random(3) === 0 ? random(60) : 0));
        const inserted = random(4) === 0 ? '' : parts[random(parts.length)]!;
        text = text.slice(0, start) + inserted + text.slice(end);
        kept.replace(start, end, inserted, text);
        if (random(3) === 0)
          expect(finish(kept.check(defaultRowOptions, { all: true })), JSON.stringify(text)).toEqual(check(text, undefined, kind)); // prettier-ignore
        if (text.length > 3000) {
          kept.replace(1000, text.length, '', text.slice(0, 1000));
          text = text.slice(0, 1000);
        }
      }
    }
  });

  it('pauses at every row, and checks a second time only what has changed', () => {
    const text = Array.from({ length: 3000 }, (_, i) => row(`Say ${i}.`, `${i}.`)).join('\n');
    const kept = new InstructionText('jsonl', text);
    const pauses = () => [...kept.check(defaultRowOptions)].length;
    expect(pauses()).toBeGreaterThanOrEqual(3000);
    const at = text.indexOf('Say 7.');
    const edited = `${text.slice(0, at)}Tell${text.slice(at + 3)}`;
    kept.replace(at, at + 3, 'Tell', edited);
    expect(pauses()).toBeLessThan(10);
  });

  it('tells of no row of the sample', () => {
    for (const language of ['ko', 'en']) {
      const file = path.resolve(
        import.meta.dirname,
        `../../../client/sample/instructions/instructions.${language}.json`,
      );
      expect(told(readFileSync(file, 'utf8'), { tokenizer, length: 2048, template: 'auto' }, 'json')).toEqual([]);
    }
  });
});

describe('inside of a row', () => {
  it('answers are learned and everything else is read, as a training has it', () => {
    const text = `{"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello!"}]}`;
    const segments = unwrap(segmentsOf('llama2-chat', dialogueOf(readFields(JSON.parse(text)).conversation!)));
    for (const said of ['Be kind.', 'Hi', 'Hello!']) {
      const field = fieldAt(text, text.indexOf(`"${said}"`) + 1, { tokenizer, template: 'auto' })!;
      expect(field.learned).toBe(segments.some((s) => s.kind === 'text' && s.learned && s.text.includes(said)));
      expect(field.tokens).toBe(tokenizer.encode(said).ids.length);
      expect(field.row?.template).toBe('llama2-chat');
    }
    expect(fieldAt(text, text.indexOf('"Hello!"'), { template: 'auto' })).toMatchObject({
      name: 'messages[2].content',
    });
    expect(fieldAt(text, 3, { template: 'auto' })).toBeUndefined();
    expect(fieldAt('{"instruction":', 3, { template: 'auto' })).toBeUndefined();
  });

  const labels = (text: string) => {
    const at = text.indexOf('‸');
    return completionsAt(text.replace('‸', ''), at).map(({ label }) => label);
  };
  it.each([
    ['{"‸"}', ['instruction', 'input', 'output', 'history', 'system', 'messages', 'conversations']],
    ['{‸}', ['instruction', 'input', 'output', 'history', 'system', 'messages', 'conversations']],
    ['{"instruction":"a", "‸', ['input', 'output', 'history', 'system']],
    ['{"instruction":"a", "‸":"b"}', ['input', 'output', 'history', 'system']],
    ['{"messages":[{"role":"‸"}]}', ['system', 'user', 'assistant']],
    ['{"messages":[{"role":"user", "‸', ['content']],
    ['{"conversations":[{"from":"‸', ['system', 'human', 'gpt']],
    ['{"instruction":"‸"}', []],
    ['{"messages":[{"content":"‸"}]}', []],
    ['{"messages":[], "‸"}', []],
  ])('%s', (text, expected) => expect(labels(text)).toEqual(expected));

  it('a name that is there is not written twice', () => {
    const [first] = completionsAt('{"ins":"a"}', 4);
    expect(first).toMatchObject({ snippet: '"instruction"', range: { start: 1, end: 6 } });
    expect(completionsAt('{"ins', 5)[0]).toMatchObject({ snippet: '"instruction": "$1"', range: { start: 1, end: 5 } });
  });
});

describe('words', () => {
  it.each(rowRuleIds)('%s has them in each language, with the same values', (id) => {
    const places = (text: string | undefined) => [...new Set(text?.match(/\{\w+\}/g))].sort();
    const { en, ko } = rowRules[id].words;
    expect(Object.keys(ko.messages)).toEqual(Object.keys(en.messages));
    for (const [variant, message] of Object.entries(en.messages))
      expect(places((ko.messages as Readonly<Record<string, string>>)[variant])).toEqual(places(message));
    expect(/[가-힣]/.test(ko.title) && /[가-힣]/.test(ko.why)).toBe(true);
  });
});
