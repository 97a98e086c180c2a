/** The sample workspace is what it says: enough text, aligned, clean, and in the forms that the engine reads. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../engine/src/base/problem.ts';
import { prepareTasks } from '../engine/src/evaluation/prepare.ts';
import { taskFilesBeside } from '../engine/src/evaluation/tasks.ts';
import { languageOfAnswer } from '../engine/src/preference/index.ts';
import { checkSpec } from '../engine/src/runs/spec.ts';

const sample = path.join(import.meta.dirname, '../client/sample');
const read = (name: string) => readFileSync(path.join(sample, name), 'utf8');
const lines = (name: string) => read(name).replace(/\n$/, '').split('\n');
const words = (text: string) => text.split(' ').length;

interface Pair {
  readonly ko: string;
  readonly en: string;
}
interface Row {
  readonly instruction: string;
  readonly input: string;
  readonly output: string;
}

/** Every control character but the ends of lines and the tab of tables, and every format character. */
const controls = /(?![\n\r\t])[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/u;
const hangul = /\p{Script=Hangul}/u;
const latin = /\p{Script=Latin}/u;

describe('the sample’s texts', () => {
  const pairs = lines('texts/pairs.ko-en.jsonl').map((line) => JSON.parse(line) as Pair);

  it('are at least 320 pairs without a repetition', () => {
    expect(pairs.length).toBeGreaterThanOrEqual(320);
    expect(new Set(pairs.map((p) => p.ko)).size).toBe(pairs.length);
    expect(new Set(pairs.map((p) => p.en)).size).toBe(pairs.length);
  });

  it('stand in each language’s own file, line for line', () => {
    expect(lines('texts/ko.txt')).toEqual(pairs.map((p) => p.ko));
    expect(lines('texts/en.txt')).toEqual(pairs.map((p) => p.en));
  });

  it('are sentences of a middle length, each in its own script', () => {
    for (const { ko, en } of pairs) {
      expect(words(ko), ko).toBeGreaterThanOrEqual(4);
      expect(words(ko), ko).toBeLessThanOrEqual(20);
      expect(words(en), en).toBeGreaterThanOrEqual(6);
      expect(words(en), en).toBeLessThanOrEqual(20);
      expect(ko).toMatch(/^[^\s].*[.?!]$/);
      expect(en).toMatch(/^[A-Z].*[.?!]$/);
      expect(hangul.test(ko) && !latin.test(ko), ko).toBe(true);
      expect(en).toMatch(/^[\x20-\x7e]+$/);
    }
  });
});

describe('the sample’s prompts to compare by', () => {
  const rows = (name: string) =>
    lines(`preference/${name}.jsonl`).map((line) => JSON.parse(line) as Record<string, string>);
  const prompts = rows('prompts');

  it('are a dozen in both languages, each in its own script, and both sides answer all of them', () => {
    expect(prompts.map(({ language }) => language)).toEqual([
      ...Array<string>(8).fill('ko'),
      ...Array<string>(4).fill('en'),
    ]);
    for (const { language, prompt = '' } of prompts) expect(hangul.test(prompt), prompt).toBe(language === 'ko');
    const ids = prompts.map(({ id }) => id);
    for (const side of ['answers-brief', 'answers-wordy']) expect(rows(side).map(({ id }) => id)).toEqual(ids);
  });

  it('hold one answer in another language and one that drifts into it, to be found', () => {
    const found = rows('answers-wordy').flatMap(({ id = '', text = '' }, i) => {
      const { other } = languageOfAnswer({ prompt: '', ...prompts[i]! }, text);
      return other === undefined ? [] : [[id, other > 0]];
    });
    expect(found).toEqual([
      ['ko-5', false],
      ['ko-7', true],
    ]);
  });
});

describe('the sample’s instructions', () => {
  const rows = (language: string) => JSON.parse(read(`instructions/instructions.${language}.json`)) as Row[];
  const ko = rows('ko');
  const en = rows('en');

  it('are at least 60 in each language, as many in the one as in the other', () => {
    expect(ko.length).toBeGreaterThanOrEqual(60);
    expect(en.length).toBe(ko.length);
  });

  it('are aligned: a row has an input in both languages or in neither', () => {
    for (const [i, row] of ko.entries()) expect(en[i]!.input !== '', row.instruction).toBe(row.input !== '');
  });

  it('are Alpaca rows with short answers, none twice', () => {
    for (const all of [ko, en]) {
      expect(new Set(all.map((row) => `${row.instruction}\n${row.input}`)).size).toBe(all.length);
      for (const row of all) {
        expect(Object.keys(row)).toEqual(['instruction', 'input', 'output']);
        expect(row.instruction.trim()).not.toBe('');
        expect(row.output.trim()).not.toBe('');
        expect(words(row.output)).toBeLessThanOrEqual(30);
      }
    }
    for (const row of ko) expect(row.instruction).toMatch(hangul);
    for (const row of en) expect(row.instruction).not.toMatch(hangul);
  });
});

describe('the sample’s evaluation sets', () => {
  const table = (name: string) => {
    const text = read(`eval/kobest/${name}.tsv`);
    expect(text.endsWith('\r\n'), 'lines end as the dataset’s own do').toBe(true);
    const [head, ...rows] = text
      .slice(0, -2)
      .split('\r\n')
      .map((line) => line.split('\t'));
    for (const row of rows) expect(row).toHaveLength(head!.length);
    return { head, rows };
  };

  it('hold 20, 20 and 40 rows of COPA, none of them twice, both answers as often', () => {
    const seen = new Set<string>();
    for (const [split, n] of [
      ['train', 20],
      ['dev', 20],
      ['test', 40],
    ] as const) {
      const { head, rows } = table(`COPA/${split}`);
      expect(head).toEqual(['ID', 'sentence', 'question', '1', '2', 'Answer']);
      expect(rows).toHaveLength(n);
      for (const row of rows) {
        expect(['원인', '결과']).toContain(row[2]);
        expect(row[3]).not.toBe(row[4]);
        seen.add(`${row[1]} ${row[2]}`);
      }
      expect(rows.filter((row) => row[5] === '1')).toHaveLength(n / 2);
      expect(rows.filter((row) => row[5] === '2')).toHaveLength(n / 2);
    }
    expect(seen.size).toBe(80);
  });

  it('hold small BoolQ, SentiNeg and NLI sets with every answer', () => {
    const boolq = table('BoolQ/dev');
    expect(boolq.head).toEqual(['ID', 'Text', 'Question', 'Answer']);
    expect(new Set(boolq.rows.map((row) => row[3]!.toLowerCase()))).toEqual(new Set(['true', 'false']));
    const sentiNeg = table('SentiNeg/dev');
    expect(sentiNeg.head).toEqual(['ID', 'Label', 'Text']);
    expect(new Set(sentiNeg.rows.map((row) => row[1]))).toEqual(new Set(['0', '1']));
    const nli = JSON.parse(read('eval/klue/klue-nli-v1.1_dev.json')) as { gold_label: string }[];
    expect(new Set(nli.map((row) => row.gold_label))).toEqual(new Set(['entailment', 'neutral', 'contradiction']));
  });
});

describe('the sample’s own tasks', () => {
  const data = path.join(sample, 'eval');
  const names = taskFilesBeside(data).map((file) => path.basename(file, '.task.json'));

  it('are four in English, and the texts of both languages', async () => {
    expect(names).toEqual(['en_boolq', 'en_copa', 'en_nli', 'en_sentineg', 'text_en', 'text_ko']);
    const prepared = unwrap(await prepareTasks({ tasks: names, data, shots: 2 }));
    for (const { task, questions, available } of prepared) {
      expect(available, task.name).toBeGreaterThanOrEqual(40);
      const asked = questions.map(({ context, candidates }) =>
        JSON.stringify([context.split('\n\n').at(-1), candidates]),
      );
      expect(new Set(asked).size, task.name).toBe(available);
    }
    // The same sentences in both languages, line for line.
    expect(prepared.at(-1)!.available).toBe(prepared.at(-2)!.available);
  });

  it('have every answer about as often, and a reader of English alone finds no Korean in them', async () => {
    const english = names.filter((name) => name.startsWith('en_'));
    for (const { task, questions } of unwrap(await prepareTasks({ tasks: english, data }))) {
      const classes = Math.max(...questions.map(({ candidates }) => candidates.length));
      for (let gold = 0; gold < classes; gold++) {
        const share = questions.filter((question) => question.gold === gold).length / questions.length;
        expect(Math.abs(share - 1 / classes), task.name).toBeLessThan(0.03);
      }
      for (const { context, candidates } of questions)
        expect(context + candidates.join(''), task.name).toMatch(/^[\x20-\x7e\n]+$/);
    }
  });
});

describe('the sample’s other files', () => {
  it('are NFC, without control characters, and end with a line end', () => {
    const files = readdirSync(sample, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    expect(files.length).toBeGreaterThan(12);
    for (const file of files) {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
      expect(text.normalize('NFC') === text, file).toBe(true);
      expect(controls.exec(text), file).toBeNull();
      expect(text.endsWith('\n'), file).toBe(true);
    }
  });

  it('have run specs that read and write inside the sample', () => {
    for (const name of ['pretrain', 'english', 'sft']) {
      const errors: never[] = [];
      const spec = parse(read(`${name}.run.json`), errors) as {
        model: string;
        output: string;
        data: { path: string; weight: number }[];
      };
      expect(errors).toEqual([]);
      for (const data of spec.data) expect(lines(data.path).length).toBeGreaterThan(60);
      expect(spec.data.reduce((sum, data) => sum + data.weight, 0)).toBeCloseTo(1);
      expect(spec.output).toMatch(/^runs\//);
      // Nothing is wrong but that the model is not there before the sample is set up and walked through.
      const file = path.join(sample, `${name}.run.json`);
      for (const problem of checkSpec(read(`${name}.run.json`), file)) expect(problem.where?.name).toBe('model');
    }
    const sft = parse(read('sft.run.json')) as { model: string };
    const pretrain = parse(read('pretrain.run.json')) as { output: string };
    expect(sft.model).toBe(`${pretrain.output}/final`);
  });

  it('have a page of Korean with a word that falls to bytes in a vocabulary of English', () => {
    expect(read('reading.ko.md')).toContain('햄버거를 먹는 공룡');
    expect(read('reading.ko.md').match(/[.?]”? ?(?=\s|$)/gm)!.length).toBeGreaterThanOrEqual(18);
  });
});
