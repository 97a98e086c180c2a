import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import schema from '../../schemas/run.schema.json' with { type: 'json' };
import { problemLine } from '../base/problem.ts';
import { tasks } from '../evaluation/tasks.ts';
import { taskFiles } from './specEvaluation.ts';
import { checkSpec, parseSpec, readSpec } from './spec.ts';

let folder: string;
let file: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'spec-'));
  file = path.join(folder, 'a.run.json');
  mkdirSync(path.join(folder, 'model'));
  writeFileSync(path.join(folder, 'model/config.json'), '{"model_type":"llama","max_position_embeddings":128}');
  writeFileSync(path.join(folder, 'ko.txt'), '안녕\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Problems of a text in which «…» marks where the first one is expected. */
function check(marked: string): string[] {
  const start = marked.indexOf('«');
  const text = marked.replace(/[«»]/g, '');
  const problems = checkSpec(text, file);
  const where = problems[0]?.where;
  const before = text.slice(0, start).split('\n');
  expect([where?.file, where?.line, where?.column]).toEqual([file, before.length, before.at(-1)!.length + 1]);
  expect(where?.length).toBe(marked.indexOf('»') - start - 1);
  return problems.map((p) => problemLine(p).replace(/^.*?: /, ''));
}

const good = `{
  // a comment
  "kind": "pretrain", "model": "model", "output": "out",
  "data": [{ "path": "ko.txt", "language": "ko" }],
  "steps": 5,
}`;

describe('parseSpec', () => {
  it('reads comments, fills defaults and makes paths absolute', () => {
    const { spec, problems } = parseSpec(good, file);
    expect(problems).toEqual([]);
    expect(spec).toEqual({
      kind: 'pretrain',
      model: path.join(folder, 'model'),
      output: path.join(folder, 'out'),
      seed: 42,
      backend: 'auto',
      precision: 'float32',
      data: [{ path: path.join(folder, 'ko.txt'), language: 'ko' }],
      template: 'alpaca',
      sequenceLength: 128,
      batchSize: 8,
      gradientAccumulation: 1,
      packing: true,
      steps: 5,
      shuffle: true,
      optimizer: {
        learningRate: 2e-4,
        betas: [0.9, 0.95],
        epsilon: 1e-8,
        weightDecay: 0,
        gradientClip: 1,
        schedule: 'constant',
        warmup: 0,
      },
      activationCheckpointing: false,
      checkpoint: { every: 200, keep: 2 },
    });
  });

  it.each([
    ['a syntax error', good.replace('5,', '«}»'), /not JSON/],
    ['a mistyped name', good.replace('"steps"', '«"step"»'), /"step" is not known here\. Do you mean "steps"\?/],
    ['a wrong type', good.replace('5,', '«"five"»,'), /an integer is wanted/],
    ['a number out of range', good.replace('5,', '«0»,'), /must be >= 1/],
    ['a missing field', good.replace(/^\{/, '«{»').replace('"output": "out",', ''), /"output" is missing/],
    ['neither epochs nor steps', good.replace(/^\{/, '«{»').replace('"steps": 5,', ''), /neither epochs nor steps/],
    ['both', good.replace('"steps"', '"epochs": 1, «"steps"»'), /both epochs and steps/],
    ['a missing file', good.replace('"ko.txt"', '«"en.txt"»'), /there is no file .*en\.txt\. Correct the path/],
    ['a missing model', good.replace('"model": "model"', '"model": «"none"»'), /there is no directory/],
    ['a weight of zero', good.replace('"ko.txt",', '"ko.txt", "weight": «0»,'), /must be > 0/],
    ['a row beyond the window', good.replace('5,', '5, "sequenceLength": «129»,'), /context window is 128/],
    ['precision', good.replace('5,', '5, "precision": «"float16"»,'), /float16|float32/],
    [
      'lora without its rank',
      good.replace('5,', '5, "lora": «{"alpha": 8, "targets": ["q_proj"]}»,'),
      /"rank" is missing/,
    ],
    [
      'a target that is none',
      good.replace('5,', '5, "lora": {"rank": 4, "alpha": 8, "targets": [«"query"»]},'),
      /not known here\. Write "q_proj" or/,
    ],
    [
      'a target given twice',
      good.replace('5,', '5, "lora": {"rank": 4, "alpha": 8, "targets": «["q_proj", "q_proj"]»},'),
      /an item stands here twice/,
    ],
    ['a name given twice', good.replace('5,', '5, "seed": 1, «"seed"»: 2,'), /"seed" is given twice/],
    ['a trainable list of nothing', good.replace('5,', '5, "trainable": «[]»,'), /at least 1 items/],
    ['a batch beyond any memory', good.replace('5,', '5, "batchSize": «1000000000»,'), /1000000000 rows of 128 tokens/],
    ['rows of what is not new', good.replace('5,', '5, «"newRowsFrom"»: 3,'), /newRowsOnly is not true/],
    ['a format that is none', good.replace('5,', '5, "baseQuantization": «"q4_0"»,'), /not known here|must be|Write/],
    ['a frozen base without lora', good.replace('5,', '5, «"baseQuantization"»: "q8_0",'), /without "lora" the base/],
    [
      'tasks without their files',
      good.replace('5,', '5, "evaluation": {"every": 1, «"tasks"»: ["kobest_copa"]},'),
      /where the tasks' files are\. Add "taskData"/,
    ],
    [
      'a task whose rows are missing',
      good.replace('5,', '5, "evaluation": {"every": 1, "taskData": ".", "tasks": [«"kobest_copa"»]},'),
      /there is no file .*kobest\/COPA\/dev\.tsv/,
    ],
    [
      'a task that is none',
      good.replace('5,', '5, "evaluation": {"every": 1, "taskData": ".", "tasks": [«"copa"»]},'),
      /not known here\. Write "klue_nli" or/,
    ],
    [
      'a limit of nothing',
      good.replace('5,', '5, "evaluation": {"every": 1, "prompts": ["a"], «"limit"»: 5},'),
      /no tasks/,
    ],
    ['an evaluation of nothing', good.replace('5,', '5, «"evaluation"»: {"every": 1},'), /nothing to evaluate/],
    [
      'weights for some files only',
      good.replace('"data": [', '"data": [{"path": "ko.txt", "weight": 1}, «').replace('}]', '}»]'),
      /has no weight/,
    ],
  ])('places %s', (_, text, message) => {
    expect(check(text)[0]).toMatch(message);
  });

  it('takes tasks and prompts, and knows each task that there is', () => {
    const schemaTasks = schema.properties.evaluation.properties.tasks.items.anyOf[0]!.enum;
    expect(schemaTasks).toEqual(tasks.map(({ name }) => name));
    const data = path.resolve(import.meta.dirname, '../../../client/sample/eval');
    const evaluation = { every: 3, taskData: data, tasks: ['kobest_copa'], prompts: ['안녕', 'Hello'] };
    const { spec, problems } = parseSpec(good.replace('5,', `5, "evaluation": ${JSON.stringify(evaluation)},`), file);
    expect(problems).toEqual([]);
    expect(spec!.evaluation).toEqual({ ...evaluation, data: [], limit: 100, maxTokens: 64 });
  });

  it('takes task files, whose paths start at the spec, and tells their faults at their place in it', () => {
    const sample = path.resolve(import.meta.dirname, '../../../client/sample/eval');
    const own = path.relative(path.dirname(file), path.join(sample, 'tasks/en_copa.task.json'));
    const evaluation = { every: 1, taskData: sample, tasks: ['kobest_copa', own] };
    const parse = (value: object) => parseSpec(good.replace('5,', `5, "evaluation": ${JSON.stringify(value)},`), file);
    const { spec, problems } = parse(evaluation);
    expect(problems).toEqual([]);
    const absolute = path.join(sample, 'tasks/en_copa.task.json');
    expect(spec!.evaluation!.tasks).toEqual(['kobest_copa', absolute]);
    // A run that is resumed must find the task as it was.
    expect(taskFiles(spec!.evaluation!)).toEqual([
      path.join(sample, 'kobest/COPA/dev.tsv'),
      path.join(sample, 'english/copa.jsonl'),
      absolute,
    ]);
    const [nowhere] = parse({ ...evaluation, tasks: ['none.task.json'] }).problems;
    expect(nowhere!.what).toMatch(/none\.task\.json: there is no such file or directory$/);
    expect(nowhere!.where!.name).toBe('evaluation.tasks[0]');
    const [noRows] = parse({ ...evaluation, taskData: '.', tasks: [own] }).problems;
    expect(noRows!.what).toMatch(/there is no file .*english\/copa\.jsonl$/);
  });

  it('finds names in "trainable" that the model does not have', () => {
    const tiny = path.resolve(import.meta.dirname, '../../../test/fixtures/tiny-llama');
    const text = good.replace('"model": "model"', `"model": ${JSON.stringify(tiny)}`);
    const all = '"embed_tokens", "lm_head", "layers.0."';
    expect(checkSpec(text.replace('5,', `5, "trainable": [${all}],`), file)).toEqual([]);
    expect(check(text.replace('5,', `5, "trainable": [${all}, «"lora_A"»],`))).toEqual([
      expect.stringMatching(/no parameter of the model is called "lora_A"/),
    ]);
  });

  describe('on a real config', () => {
    const tiny = path.resolve(import.meta.dirname, '../../../test/fixtures/tiny-llama');
    const lora = '"lora": {"rank": 4, "alpha": 8, "targets": ["q_proj"]}';
    const on = (fields: string) =>
      good.replace('"model": "model"', `"model": ${JSON.stringify(tiny)}`).replace('5,', `5, ${fields},`);

    it('fills in what lora leaves out, and tells what trains', () => {
      const { spec, trains, problems } = parseSpec(on(`${lora}, "trainable": ["lm_head"]`), file);
      expect(problems).toEqual([]);
      expect(spec?.lora).toEqual({ rank: 4, alpha: 8, dropout: 0, init: 'kaiming', targets: ['q_proj'] });
      expect(trains?.trained).toBe(96 * 32 + 2 * 4 * (32 + 40));
    });

    it.each([
      ['a block beside lora', `${lora}, "trainable": [«"layers.0."»]`, /beside "lora" the tables can train, and not/],
      ['new rows of nothing', `${lora}, «"newRowsOnly"»: true`, /no table of rows trains\. Add "trainable"/],
      [
        'new rows that cannot be told',
        `"trainable": ["embed_tokens"], «"newRowsOnly"»: true`,
        /cannot be told: config\.json .* no base_vocab_size\. Add "newRowsFrom"/,
      ],
      [
        'new rows beyond the table',
        `"trainable": ["embed_tokens"], "newRowsOnly": true, "newRowsFrom": «96»`,
        /no row is new: the model has 96/,
      ],
    ])('places %s', (_, fields, message) => {
      expect(check(on(fields))[0]).toMatch(message);
    });
  });

  it('names every problem, in the order of the text', () => {
    const lines = check(
      good.replace('"ko.txt"', '«"en.txt"»').replace('5,', '5, "epochs": 2, "baseQuantization": "q8_0",'),
    );
    expect(lines).toHaveLength(3);
  });

  it('finds an empty text empty, and allows false for what is not there', () => {
    expect(checkSpec('', file)[0]!.what).toBe('the file is empty');
    expect(checkSpec(good.replace('5,', '5, "newRowsOnly": false, "baseQuantization": null,'), file)).toEqual([]);
  });
});

describe('readSpec', () => {
  it('tells that there is no file', () => {
    const result = readSpec(path.join(folder, 'none.run.json'));
    expect(result.ok ? '' : result.problem.what).toBe('there is no such file or directory');
  });
  it('says how many more problems there are', () => {
    writeFileSync(file, good.replace('"ko.txt"', '"en.txt"').replace('5,', '5, "baseQuantization": "q8_0",'));
    const result = readSpec(file);
    expect(result.ok ? '' : result.problem.remedy).toMatch(/Correct the path.* \(1 more in this file\.\)/);
  });
});
