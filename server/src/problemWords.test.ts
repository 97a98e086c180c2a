/** Templates are the engine's own words, each is reached, and what is said keeps its values and its place. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { prepareTasks } from '../../engine/src/evaluation/prepare.ts';
import { checkSpec } from '../../engine/src/runs/spec.ts';
import { templates } from './problemTemplates.ts';
import { engineWords, problemIn, problemLineIn } from './problemWords.ts';

const root = path.join(import.meta.dirname, '../..');

/** Texts of the sources with `{}` for each value; one that is joined with `+` is left out. */
function said(): ReadonlySet<string> {
  const texts = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) texts.add(node.text);
    if (ts.isTemplateExpression(node))
      texts.add([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('{}'));
    ts.forEachChild(node, visit);
  };
  for (const folder of ['engine/src', 'server/src'])
    for (const name of readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }))
      if (/(?<!test|problemTemplates)\.ts$/.test(name)) {
        const file = path.join(root, folder, name);
        visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest));
      }
  return texts;
}

describe('templates', () => {
  it('are sentences of the engine, word for word', () => {
    const known = said();
    const strange = templates
      .map(([english]) => english)
      .filter((english) => !known.has(english.replace(/\{\d\}/g, '{}')));
    expect(strange).toEqual([]);
  });

  it('are in Korean, with values of their own only, and none stands in the way of another', () => {
    for (const [english, korean] of templates) {
      expect(korean, english).toMatch(/\p{Script=Hangul}/u);
      const [given, used] = [english, korean].map((text) => new Set(text.match(/\{\d\}/g) ?? []));
      expect(
        [...used!].filter((value) => !given!.has(value)),
        english,
      ).toEqual([]);
      const sentence = english.replaceAll(/\{\d\}/g, '"x"');
      expect(engineWords('ko', sentence), english).toBe(korean.replaceAll(/\{\d\}/g, '"x"'));
      expect(engineWords('en', sentence)).toBe(sentence);
    }
  });
});

describe('a problem in Korean', () => {
  it('is each that a run spec brings about as it is typed', () => {
    const specs = [
      '',
      '{ "kind" "pretrain" }',
      '{ "kind": "pretrain", "kind": "sft" }',
      '{ "kind": "train", "model": 4, "steps": 0, "color": "red", "modle": "x", "data": [], "optimizer": { "betas": [1] } }',
      '{ "kind": "pretrain", "model": "none", "output": "o", "data": [{ "path": "none.txt" }] }',
      '{ "kind": "pretrain", "model": ".", "output": "o", "data": [{ "path": "x.bin", "weight": 1 }, { "path": "." }], "steps": 1, "epochs": 1 }',
      '{ "kind": "pretrain", "model": "none", "output": "o", "data": [{ "path": "a.txt" }], "steps": 1, "newRowsFrom": 3, "baseQuantization": "nf4", "sequenceLength": 2048, "batchSize": 1000000, "evaluation": { "every": 1, "limit": 3, "maxTokens": 4, "taskData": "none" } }',
      '{ "kind": "pretrain", "model": "none", "output": "o", "data": [{ "path": "a.txt" }], "steps": 1, "evaluation": { "every": 1, "tasks": ["kobest_copa"], "taskData": "none" } }',
    ];
    const problems = specs.flatMap((text) => checkSpec(text, path.join(import.meta.dirname, 'a.run.json')));
    expect(problems.length).toBeGreaterThan(15);
    for (const problem of problems) {
      const { what, remedy, where } = problemIn('ko-KR', problem);
      expect(where).toEqual(problem.where);
      for (const text of [what, ...(remedy === undefined ? [] : [remedy])])
        expect(text, `${problem.what}. ${problem.remedy ?? ''}`).toMatch(/\p{Script=Hangul}/u);
    }
  });

  it('is each that asking for an evaluation, or for rows of a task, brings about', async () => {
    const data = path.join(root, 'client/sample/eval');
    const mine = { tasks: [path.join(data, 'tasks/en_sentineg.task.json')], data };
    const copa = { tasks: ['kobest_copa'], data: import.meta.dirname };
    const asked = [
      ...[copa, { ...copa, tasks: ['none'] }, { ...mine, data: import.meta.dirname }],
      ...[
        { ...mine, split: 'none' },
        { ...copa, tasks: ['klue_nli'], split: 'test' },
      ],
      ...[
        { ...mine, limit: 0 },
        { ...mine, shots: -1 },
        { ...mine, shots: 1e6 },
        { ...mine, seed: -1 },
      ],
      ...[[], [1e6]].map((rows) => ({ ...mine, samples: { en_sentineg: rows } })),
      { ...mine, samples: { kobest_copa: [0] } },
    ];
    for (const request of asked) {
      const prepared = await prepareTasks(request);
      if (prepared.ok) throw new Error(`${JSON.stringify(request)} is no problem`);
      const { what, remedy } = problemIn('ko', prepared.problem);
      for (const text of [what, ...(remedy === undefined ? [] : [remedy])]) expect(text).toMatch(/\p{Script=Hangul}/u);
    }
  });

  it('has its place in words', () => {
    const where = { file: 'a.model', line: 3, column: 4, byteOffset: 120 };
    expect(problemLineIn('ko', { what: 'the disk is full', where })).toBe(
      'a.model, 3번째 줄 4번째 칸, 120번째 바이트: 디스크가 가득 찼습니다.',
    );
    expect(problemLineIn('en', { what: 'the disk is full', where })).toBe(
      'a.model, line 3:4, byte 120: the disk is full.',
    );
  });

  it('keeps values, also words, other files and the number of further problems', () => {
    const file = '/w/runs/a';
    const over = {
      what: 'the output already holds a run, done at step 8',
      where: { file },
      remedy: 'Name another output.',
    };
    expect(problemLineIn('ko', over)).toBe(
      '/w/runs/a: 출력 폴더에 이미 실행이 있습니다 (완료, 스텝 8). 다른 출력 폴더를 적으세요.',
    );
    expect(engineWords('ko', '/w/x.txt cannot be used: permission is denied')).toBe(
      '/w/x.txt 경로를 쓸 수 없습니다: 권한이 없습니다',
    );
    expect(engineWords('ko', '/w/a b.json: the file is empty')).toBe('/w/a b.json: the file is empty'); // a path with a space
    expect(engineWords('ko', '/w/a.json: the file is empty')).toBe('/w/a.json: 파일이 비어 있습니다');
    expect(problemIn('ko', { what: 'x', remedy: 'Add some. (2 more in this file.)' }).remedy).toBe(
      '항목을 더하세요. (이 파일에 2개 더 있습니다.)',
    );
  });

  it('stays English where it is not known, whole and not in part', () => {
    expect(engineWords('ko', 'the moon is full')).toBe('the moon is full');
    expect(engineWords('ko', 'Write what you want with it.')).toBe('Write what you want with it.');
    expect(engineWords('ko', 'Write "a" or "b".')).toBe('쓸 수 있는 값: "a" 또는 "b".');
  });
});
