/** Templates are the engine's own words, each is reached, and what is said keeps its values and its place. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { prepareTasks } from '../../engine/src/evaluation/prepare.ts';
import type { Problem } from '../../engine/src/base/problem.ts';
import { Random } from '../../engine/src/base/random.ts';
import { checkSpec } from '../../engine/src/runs/spec.ts';
import { modelBytes } from '../../engine/src/tokenizers/testing/models.ts';
import { parseModel } from '../../engine/src/tokenizers/index.ts';
import { templates } from './problemTemplates.ts';
import { engineWords, problemIn, problemLineIn } from './problemWords.ts';

const root = path.join(import.meta.dirname, '../..');

/** A text of the sources with `{}` for each value, parts joined with `+`; undefined where a node is none. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('{}');
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [textOf(node.left), textOf(node.right)];
  return left === undefined && right === undefined ? undefined : `${left ?? '{}'}${right ?? '{}'}`;
}

interface Said {
  readonly file: string;
  readonly text: string;
  /** It stands in an error that is thrown as a bug. */
  readonly bug: boolean;
}

function* textsOf(file: string): Generator<Said> {
  const found: Said[] = [];
  const within = (node: ts.Node, bug: boolean): void => {
    ts.forEachChild(node, (inner) => {
      visit(inner, bug);
    });
  };
  const visit = (node: ts.Node, bug: boolean): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node)) return;
    const text = textOf(node);
    if (text !== undefined) found.push({ file, text, bug });
    const isBug =
      bug ||
      (ts.isNewExpression(node) &&
        ts.isIdentifier(node.expression) &&
        /^(Range|Type)?Error$/.test(node.expression.text));
    // The parts of a joined text are no texts of their own, but what is chosen within them is.
    const joined = text !== undefined && ts.isBinaryExpression(node) ? [node.left, node.right] : [];
    for (const part of joined)
      if (textOf(part) === undefined) visit(part, isBug);
      else within(part, isBug);
    if (joined.length === 0) within(node, isBug);
  };
  visit(ts.createSourceFile(file, readFileSync(path.join(root, file), 'utf8'), ts.ScriptTarget.Latest), false);
  yield* found;
}

/** All texts of the engine's and the server's sources. */
const texts: readonly Said[] = ['engine/src', 'server/src'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ts$/.test(name) && !/\.test\.ts$|problemTemplates\w*\.ts$/.test(name))
    .flatMap((name) => [...textsOf(`${folder}/${name.replaceAll('\\', '/')}`)]),
);

const isSentence = (text: string): boolean => /[A-Za-z]{2,} [a-z]{2,}|[a-z]{2,} \{\}|\{\} [a-z]{2,}/.test(text);

/** Sources of problems. What else the server says has its words in each language beside it. */
const shown =
  /^engine\/|^server\/src\/(engineProcess|evaluationFiles|failure|sampleIndex|tokenizers|vocabularyTable)\.ts$/;

/** Sources whose sentences no editor shows as they stand. */
const otherWords: readonly (readonly [files: RegExp, why: string])[] = [
  [/\/testing\/|\/operationCases\.ts$|\/probeScript\.ts$|\/verify\/textLines\.ts$/, 'texts and cases for tests'],
  [
    /\/(graph|sections)\/|\/backends\/.*(emitters|kernels|signatures|tensors|program|programBuilder|ggmlBackend)\b/,
    'bugs, names of tensors',
  ],
  [/\/cli\//, 'the command line'],
  [/\/lint\/|\/instructions\//, 'have their words in each language themselves'],
  [/\/data\/templates\.ts$|\/preference\/judgePrompts\.ts$/, 'what a model reads'],
  [/\/preference\/(exports|svg|result|people)\.ts$/, 'columns and headings of files'],
  [
    /\/evaluation\/(explain|report)\.ts$|\/vocab\/(mergeSummary|differences|loadable|byteLevelReport)\.ts$/,
    'reports, which the client puts into words itself',
  ],
  [/\/runs\/(log|run)\.ts$|\/ggml\/library\.ts$/, 'a log'],
];

/** Sentences of other sources that no editor shows as they stand. */
const otherTexts: ReadonlySet<string> = new Set([
  // Names of devices, formats and libraries, and what libraries say themselves.
  'AVX-512 with bfloat16',
  'CPU, plain TypeScript in double precision',
  'CPU, WebAssembly {} SIMD, 1 thread of {}',
  'GPU, TensorFlow {} (tfjs-node-gpu {})',
  'of unknown version',
  '{}, WebGPU, {} (Dawn, webgpu {})',
  'byte-level bpe',
  'as installed',
  'bllossom {}',
  'can not be found at path',
  'npm error',
  'chat completions',
  'Bearer {}',
  'Basic {}',
  '<unused {}>',
  // Keys of random numbers, sockets and buffers.
  ...['order {} {}', 'host {} {}', 'copy rows', 'expand {}', 'backend ggml', 'backoff {}', 'question {}'],
  // Parts that problemWords.ts reads itself.
  ...[
    '{}({} more in this file.)',
    'line {}{}',
    'byte {}',
    'an {}',
    ', {} at step {}',
    'the file',
    'id {}',
    ', about {} {} left',
  ],
  // Notes of a run's log, and of a dry run, which the client puts into words.
  '{} of {}{}',
  '; little is left for anything else',
  'memory: about {}: {}{}',
  '{}: {} of the {} rows that the first batch holds got a gradient',
  '{} {} got a gradient in step {}',
  'first factors',
  ' ({} wanted)',
  '{}: {}, {} of what is read{}, {} epochs',
  'longer than sequenceLength, and cut: {}',
  'left out of these, since nothing of the answer would be left: {}',
  '{} of {} parameters are trained ({} %)',
  '  {}: {}{} parameters',
  '{} tensors, ',
  '{} of the {} rows of the embedding that train stand in no text of the data',
  ' (rows from {})',
]);

describe('templates', () => {
  it('are sentences of the engine, word for word', () => {
    const known = new Set(texts.map(({ text }) => text));
    const strange = templates
      .map(([english]) => english)
      .filter((english) => !known.has(english.replace(/\{\d\}/g, '{}')));
    expect(strange).toEqual([]);
  });

  it('stand once each', () => {
    const twice = templates.map(([english]) => english).filter((english, i, all) => all.indexOf(english) < i);
    expect(twice).toEqual([]);
  });

  it('are there for every sentence of the engine that an editor shows', () => {
    const english = texts
      .filter(({ file, bug }) => !bug && shown.test(file))
      .filter(({ text }) => isSentence(text) && !otherTexts.has(text))
      .filter(({ file }) => !otherWords.some(([files]) => files.test(file)))
      .filter(({ text }) => !/\p{Script=Hangul}/u.test(engineWords('ko', text.replaceAll('{}', '"x"'))));
    expect(english.map(({ file, text }) => `${file}: ${text}`)).toEqual([]);
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

  it.each([
    ['the file is a Git LFS pointer, not the file itself', '이 파일은 파일 자체가 아니라 Git LFS 포인터입니다'],
    [
      'this is no SentencePiece model (wire type 7 is not used in such files)',
      'SentencePiece 모델이 아닙니다(이런 파일에 쓰이지 않는 와이어 타입입니다: 7)',
    ],
    ['an object is wanted here, and this is "a \\"b c\\" d"', '여기에는 객체가 와야 합니다. 있는 값: "a \\"b c\\" d"'],
    ['at 5: a group is not closed', '5번째 글자: 닫히지 않은 그룹'],
    ['candidate 2 of row 5 is empty', '5번째 행의 2번째 후보가 비어 있습니다'],
    ['the field a.b is "x", none of y, z', 'a.b 필드: 값이 "x"입니다. 쓸 수 있는 값: y, z'],
    ['this is not JSON (Unexpected end of JSON input)', 'JSON이 아닙니다(도중에 끝남)'],
    [
      "this is not JSON (Expected ',' or '}' after property value in JSON at position 9)",
      'JSON이 아닙니다(9번째 글자에서 어긋남)',
    ],
    ['the loss of step 5 is NaN: the training has diverged', '5스텝의 손실 NaN: 학습이 발산했습니다'],
    ['a: 3 of 5 answers, 1 error, about 2 min left', 'a: 답 5개 중 3, 오류 1건, 약 2분 남음'],
    ['scoring copa, about 3 min left', 'copa 채점하는 중, 약 3분 남음'],
    [
      'What it would need with "sequenceLength": 512: 5.10 GB, which fits; with both of the first: 4 GB.',
      '이렇게 하면 필요한 메모리: "sequenceLength": 512 → 5.10 GB (들어감); 앞의 둘을 함께 → 4 GB.',
    ],
    [
      'asked for; not native: it is not built here. With g++ or clang++ installed, run npm run setup.',
      '지정됨; native 제외: 여기에는 빌드되어 있지 않습니다. g++이나 clang++을 설치하고 npm run setup을 실행하세요.',
    ],
  ])('puts sentences within sentences into words: %s', (english, korean) => {
    expect(engineWords('ko', english)).toBe(korean);
  });

  it('is each that a damaged tokenizer brings about', () => {
    const pieces = ['▁', 'a', 'b', '가', 'ab', '▁a'].map((piece, i) => [piece, -i] as const);
    const whole = modelBytes({ algorithm: 'bpe', pieces });
    const random = new Random(7);
    const problems: Problem[] = [];
    for (let i = 0; i < 400; i++) {
      const bytes = Uint8Array.from(whole.subarray(0, i % 2 === 0 ? random.below(whole.length) : whole.length));
      for (let flips = i % 5; flips >= 0; flips--) bytes[random.below(bytes.length + 1)] = random.below(256);
      const read = parseModel(bytes, 'a.model');
      if (!read.ok) problems.push(read.problem);
    }
    expect(new Set(problems.map(({ what }) => what.replaceAll(/\d+|"[^"]*"/g, ''))).size).toBeGreaterThan(5);
    for (const problem of problems) {
      const { what, remedy } = problemIn('ko', problem);
      for (const text of [what, remedy]) expect(text, problem.what).toMatch(/\p{Script=Hangul}/u);
    }
  });

  it('stays English where it holds pages of another program’s words', () => {
    const said = (times: number) => `this is not JSON: ${'"a" and so on; '.repeat(times)}`;
    expect(engineWords('ko', said(1).slice(0, -2))).not.toBe(engineWords('ko', said(300)));
    expect(engineWords('ko', said(300))).toBe(said(300));
  });

  it('stays English where it is not known, whole and not in part', () => {
    expect(engineWords('ko', 'the moon is full')).toBe('the moon is full');
    expect(engineWords('ko', 'Write what you want with it.')).toBe('Write what you want with it.');
    expect(engineWords('ko', 'Write "a" or "b".')).toBe('쓸 수 있는 값: "a" 또는 "b".');
  });
});
