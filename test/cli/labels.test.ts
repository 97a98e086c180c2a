/** Which tokens a run learns from: the loss of a first step against what `score` says of the same tokens, and `tokenize` of the texts. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { Workplace, root, tinyLlama } from './bllossom.ts';

const place = new Workplace();
const base = { model: 'model', backend: 'auto', steps: 1, shuffle: false, sequenceLength: 1024 };

beforeAll(async () => {
  const config = JSON.parse(readFileSync(path.join(tinyLlama, 'config.json'), 'utf8')) as object;
  place.write('config.json', JSON.stringify({ ...config, max_position_embeddings: 1024, initializer_range: 0.3 }));
  const tokenizer = place.path('en.model');
  const english = path.join(root, 'client/sample/texts/en.txt');
  for (const args of [
    ['vocab', 'train', '--input', english, '--size', '400', '--out', tokenizer],
    ['model', 'init', '--config', 'config.json', '--tokenizer', tokenizer, '--seed', '3', '--out', 'model'],
  ]) {
    const { status, stderr } = await place.run(...args);
    expect(status, stderr).toBe(0);
  }
});

async function lines<T>(...args: string[]): Promise<T[]> {
  const { status, stdout, stderr } = await place.run(...args, '--json');
  expect(status, stderr).toBe(0);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

async function scores(rows: readonly (readonly number[])[]): Promise<number[][]> {
  const file = place.write('score.jsonl', rows.map((ids) => JSON.stringify({ ids })).join('\n'));
  const answers = await lines<{ logLikelihoods: number[] }>('score', '--model', 'model', '--ids', file);
  return answers.map(({ logLikelihoods }) => logLikelihoods);
}

async function firstLoss(name: string, fields: object): Promise<number> {
  const { status, stderr } = await place.run('train', place.spec(name, { ...base, ...fields }));
  expect(status, stderr).toBe(0);
  return place.rows(name)[0]!.loss;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

it('of rows of ids: those whose label is not -100, averaged over the whole batch', async () => {
  const rows = [
    { ids: [1, 30, 40, 50, 60, 70], labels: [-100, -100, -100, 50, 60, 70] },
    { ids: [1, 200, 201], labels: [-100, 200, -100] },
  ];
  const data = [{ path: place.write('labels.jsonl', rows.map((row) => JSON.stringify(row)).join('\n')) }];
  const [a, b] = await scores(rows.map(({ ids }) => ids));
  const wanted = -mean([...a!.slice(2), b![0]!]);
  expect(await firstLoss('whole', { data, batchSize: 2 })).toBeCloseTo(wanted, 4);
  expect(await firstLoss('apart', { data, batchSize: 1, gradientAccumulation: 2 })).toBeCloseTo(wanted, 4);
});

it('of instructions: the answer and its EOS, encoded apart from the prompt in Alpaca’s words', async () => {
  const examples = [
    { instruction: 'Name a colour.', input: '', output: 'Blue.' },
    { instruction: 'Say it again.', input: 'water', output: 'water' },
  ];
  const task = 'Below is an instruction that describes a task';
  const write = 'Write a response that appropriately completes the request.';
  const prompts = [
    `${task}. ${write}\n\n### Instruction:\nName a colour.\n\n### Response:`,
    `${task}, paired with an input that provides further context. ${write}\n\n### Instruction:\nSay it again.\n\n### Input:\nwater\n\n### Response:`,
  ];
  const rows: number[][] = [];
  const answers: number[] = [];
  for (const [i, { output }] of examples.entries()) {
    // `tokenize` goes line by line, and a prompt is one text: line breaks are byte 10, and a byte no text has stands before
    // what follows one, so that it gets no dummy prefix.
    const prompt: number[] = [];
    for (const [n, line] of prompts[i]!.split('\n').entries()) {
      const [encoded] = await encodeLines(n === 0 ? [line] : [`\u0001${line}`]);
      const { ids, pieces } = encoded!;
      if (n > 0) prompt.push(newline);
      const skip = n === 0 ? 0 : pieces.indexOf('<0x01>') + 1;
      prompt.push(...ids.slice(skip));
    }
    const [answer] = await encodeLines([output]);
    rows.push([1, ...prompt, ...answer!.ids, 2]);
    answers.push(answer!.ids.length + 1);
  }
  const logs = await scores(rows);
  const of = (examples: readonly number[]): number => -mean(examples.flatMap((i) => logs[i]!.slice(-answers[i]!)));
  const data = [{ path: place.write('sft.json', JSON.stringify(examples)) }];
  const sft = { kind: 'sft', data };
  expect(await firstLoss('sft', { ...sft, batchSize: 2, packing: false })).toBeCloseTo(of([0, 1]), 4);
  // A packed row takes whole examples, one after the other and again from the first, while they fit.
  const packed: number[] = [];
  for (let room = 1024, i = 0; rows[i]!.length <= room; i = 1 - i) {
    packed.push(i);
    room -= rows[i]!.length;
  }
  expect(packed.length).toBeGreaterThan(1);
  expect(await firstLoss('packed', { ...sft, batchSize: 1, packing: true })).toBeCloseTo(of(packed), 4);
});

/** Byte 10's id: after <unk>, <s> and </s> stand the 256 bytes. */
const newline = 3 + 10;

async function encodeLines(texts: readonly string[]): Promise<{ ids: number[]; pieces: string[] }[]> {
  const file = place.write('lines.txt', texts.join('\n'));
  return await lines('tokenize', '--tokenizer', 'en.model', file);
}
