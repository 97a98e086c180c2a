import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { createTokenizer, parseModel, type Piece, PieceType } from '../../tokenizers/index.ts';
import { newBpeModel } from '../../tokenizers/sentencePieceWriter.ts';
import { parseConfig } from './config.ts';
import { expandModel } from './expandModel.ts';
import { randomParameters } from './initModel.ts';
import { readModelDirectory } from './modelDirectory.ts';
import { subpieces } from './subpieces.ts';
import { writeModelDirectory } from './writeModel.ts';

const special: Piece[] = [
  { piece: '<unk>', score: 0, type: PieceType.unknown },
  { piece: '<s>', score: 0, type: PieceType.control },
  { piece: '</s>', score: 0, type: PieceType.control },
];
const bytes: Piece[] = Array.from({ length: 256 }, (_, byte) => ({
  piece: `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
  score: 0,
  type: PieceType.byte,
}));
const normal = (pieces: string[]): Piece[] => pieces.map((piece, i) => ({ piece, score: -i, type: PieceType.normal }));
const base = [...special, ...bytes, ...normal(['▁', '공', '룡', '▁공', '가'])];
const idOf = (piece: string) => base.findIndex((p) => p.piece === piece);
const written = (pieces: Piece[]) => newBpeModel(pieces, { byteFallback: true, characterCoverage: 1 });

const config = (tied: boolean) =>
  unwrap(
    parseConfig(
      JSON.stringify({
        architectures: ['LlamaForCausalLM'],
        hidden_size: 4,
        intermediate_size: 6,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        vocab_size: base.length,
        tie_word_embeddings: tied,
      }),
      'config.json',
    ),
  );

describe('subpieces', () => {
  const tokenizer = createTokenizer(unwrap(parseModel(written(base), 'base.model')));
  it.each([
    ['▁공룡', ['▁공', '룡']],
    ['공룡', ['공', '룡']],
    ['룡가', ['룡', '가']],
    ['▁가', ['▁', '가']],
    ['햄', ['<0xED>', '<0x96>', '<0x84>']],
    ['가▁공', ['가', '▁공']],
  ])('spells %s', (piece, expected) => {
    expect([...subpieces(tokenizer, true, piece)]).toEqual(expected.map(idOf));
  });
});

describe('expandModel', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'expand-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function setUp(added: string[], tied = false) {
    const model = path.join(folder, 'model');
    const tensors = randomParameters(config(tied), 5);
    unwrap(await writeModelDirectory(model, { config: config(tied), tensors, tokenizer: written(base) }));
    const tokenizer = path.join(folder, 'new.model');
    await writeFile(tokenizer, written([...base, ...normal(added).map((p) => ({ ...p, score: p.score - 100 }))]));
    return { model, tokenizer, out: path.join(folder, 'out'), seed: 1, tensors };
  }
  const row = (data: Float32Array, id: number) => [...data.subarray(id * 4, id * 4 + 4)];

  it.each([false, true])('adds rows to embedding and head (tied: %s), and keeps all else', async (tied) => {
    const { tensors, ...options } = await setUp(['▁공룡', '룡가'], tied);
    const size = base.length;
    expect(unwrap(await expandModel({ ...options, init: 'subpieces' }))).toMatchObject({
      oldSize: size,
      newSize: size + 2,
      added: 2,
      unreachable: 0,
      padding: 0,
      init: 'subpieces',
      starts: { subpieces: 2 },
      shards: 1,
      cleared: [],
      out: options.out,
    });
    const grown = unwrap(await readModelDirectory(options.out));
    expect(grown.config.vocabularySize).toBe(size + 2);
    expect(grown.tensors.map((t) => t.name)).toEqual(tensors.map((t) => t.name));
    for (const [i, { name, data }] of tensors.entries()) {
      const after = grown.tensors[i]!.data;
      if (!/embed|lm_head/.test(name)) {
        expect(after).toEqual(data);
        continue;
      }
      expect(after.subarray(0, data.length)).toEqual(data);
      const mean = (a: string, b: string) =>
        row(data, idOf(a)).map((x, j) => Math.fround((x + row(data, idOf(b))[j]!) / 2));
      expect(row(after, size)).toEqual(mean('▁공', '룡'));
      expect(row(after, size + 1)).toEqual(mean('룡', '가'));
    }
    expect(await readFile(path.join(options.out, 'tokenizer.model'))).toEqual(await readFile(options.tokenizer));
  });

  it('starts rows at the mean of all, or at random', async () => {
    const { tensors, ...options } = await setUp(['룡가', '공가']);
    unwrap(await expandModel({ ...options, init: 'mean' }));
    const table = tensors[0]!.data;
    const grown = unwrap(await readModelDirectory(options.out)).tensors[0]!.data;
    const column = Array.from({ length: base.length }, (_, id) => table[id * 4]!);
    expect(grown[base.length * 4]).toBeCloseTo(column.reduce((a, b) => a + b) / column.length, 7);
    const [a, b] = [path.join(folder, 'a'), path.join(folder, 'b')];
    unwrap(await expandModel({ ...options, init: 'random', out: a }));
    unwrap(await expandModel({ ...options, init: 'random', out: b, seed: 2 }));
    const fresh = unwrap(await readModelDirectory(a)).tensors[0]!.data.subarray(base.length * 4);
    expect(fresh).not.toEqual(unwrap(await readModelDirectory(b)).tensors[0]!.data.subarray(base.length * 4));
    expect(Math.max(...fresh.map(Math.abs))).toBeGreaterThan(0.005);
    expect(Math.max(...fresh.map(Math.abs))).toBeLessThan(0.1);
  });

  it('tells the lengths of old and new rows', async () => {
    const { tensors, ...options } = await setUp(['▁공룡', '룡가']);
    const { norms } = unwrap(await expandModel({ ...options, init: 'random' }));
    const grown = unwrap(await readModelDirectory(options.out)).tensors[0]!;
    expect(Object.keys(norms)).toEqual([tensors[0]!.name, 'lm_head.weight']);
    const figures = norms[tensors[0]!.name]!;
    const lengths = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => Math.hypot(...row(grown.data, from + i)));
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    expect(figures.old).toMatchObject({ rows: base.length });
    expect(figures.old.mean).toBeCloseTo(mean(lengths(0, base.length)), 6);
    expect(figures.new.mean).toBeCloseTo(mean(lengths(base.length, base.length + 2)), 6);
    const squares = lengths(0, base.length).map((length) => (length - figures.old.mean) ** 2);
    expect(figures.old.std).toBeCloseTo(Math.sqrt(mean(squares)), 6);
  });

  it('rounds the number of rows up, and starts rows without a piece as the mean of all', async () => {
    const { tensors, ...options } = await setUp(['룡가']);
    const report = unwrap(await expandModel({ ...options, init: 'subpieces', padToMultiple: 64 }));
    expect(report).toMatchObject({ newSize: 320, added: 1, padding: 320 - base.length - 1 });
    const grown = unwrap(await readModelDirectory(options.out));
    expect(grown.config.vocabularySize).toBe(320);
    const [old, table] = [tensors[0]!.data, grown.tensors[0]!.data];
    const mean = [0, 1, 2, 3].map((i) => base.reduce((sum, _, id) => sum + old[id * 4 + i]!, 0) / base.length);
    for (const id of [base.length + 1, 319])
      for (const [i, x] of row(table, id).entries()) expect(x).toBeCloseTo(mean[i]!, 7);
    // Growing it again: rows that only filled the table up become new pieces' rows.
    const more = [...base, ...normal(['룡가', '공공']).map((p) => ({ ...p, score: p.score - 100 }))];
    await writeFile(options.tokenizer, written(more));
    const again = path.join(folder, 'again');
    expect(unwrap(await expandModel({ ...options, model: options.out, out: again, init: 'subpieces' }))).toMatchObject({
      ...{ oldSize: 320, newSize: 320, added: 1, padding: 320 - base.length - 2 },
    });
    const after = unwrap(await readModelDirectory(again)).tensors[0]!.data;
    expect(row(after, base.length + 1)).toEqual(row(old, idOf('공')));
    expect(row(after, 319)).toEqual(row(table, 319));
  });

  it('starts rows at what their pieces translate to, where aligned texts say it', async () => {
    const { tensors, ...options } = await setUp(['룡룡', '가가']);
    const parallel = path.join(folder, 'pairs.jsonl');
    // 룡룡 stands for 가 throughout; 가가 stands nowhere.
    const rows = Array.from({ length: 40 }, (_, i) => ({
      file: 'x',
      a: i % 2 === 0 ? '룡룡' : '가',
      b: i % 2 === 0 ? '가' : '▁공',
    }));
    await writeFile(parallel, rows.map((fields) => JSON.stringify(fields)).join('\n'));
    const report = unwrap(await expandModel({ ...options, init: 'aligned', parallel: [parallel] }));
    expect(report).toMatchObject({
      starts: { aligned: 1, subpieces: 1 },
      parallel: { fresh: 'a', old: 'b', pairs: 40 },
    });
    const [old, table] = [tensors[0]!.data, unwrap(await readModelDirectory(options.out)).tensors[0]!.data];
    expect(row(table, base.length + 1)).toEqual(row(old, idOf('가')));
    // Twenty links against the weight of its spelling, 룡 twice.
    const distance = (id: number) => Math.hypot(...row(table, base.length).map((x, i) => x - row(old, id)[i]!));
    expect(distance(idOf('가'))).toBeLessThan(distance(idOf('룡')));
    expect(await expandModel({ ...options, out: `${options.out}2`, init: 'aligned' })).toMatchObject({ ok: false });
  });

  it('names the first id that differs', async () => {
    const { model, tokenizer, out } = await setUp([]);
    const changed = base.map((p) => (p.piece === '룡' ? { ...p, piece: '용' } : p));
    await writeFile(tokenizer, written([...changed, ...normal(['룡'])]));
    const result = await expandModel({ model, tokenizer, out, init: 'mean', seed: 1 });
    expect(result).toMatchObject({ ok: false });
    expect(result.ok ? '' : result.problem.what).toContain(`id ${idOf('룡')} is "용", but was "룡"`);
  });

  it('refuses an output that exists, and a tokenizer that adds nothing', async () => {
    const { model, tokenizer, out } = await setUp([]);
    const nothing = await expandModel({ model, tokenizer, out, init: 'mean', seed: 1 });
    expect(nothing.ok ? '' : nothing.problem.what).toContain('nothing to expand');
    const there = await expandModel({ model, tokenizer, out: model, init: 'mean', seed: 1 });
    expect(there.ok ? '' : there.problem.what).toBe('the output exists already');
  });
});
