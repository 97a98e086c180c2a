/**
 * What is shared is scored as what is apart: trees of tokens on every backend that is here, against sequences in a cache on the
 * reference, one row after the other. A random Llama with grouped heads; rows that begin alike, end alike, are equal, fill the window.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, BackendProvider } from '../backends/backend.ts';
import { ggmlBackend } from '../backends/ggml/provider.ts';
import { nativeBackend } from '../backends/native/provider.ts';
import { referenceBackend } from '../backends/reference/referenceBackend.ts';
import { tfjsBackend } from '../backends/tfjs/provider.ts';
import { unwrap } from '../base/problem.ts';
import { Random } from '../base/random.ts';
import { parameterShapes } from './files.ts';
import { openInferenceSession } from './index.ts';
import type { LlamaConfig, LoadedModel } from './model.ts';
import { scoringGraph, scoringSizes, tokensPerBatch } from './scoring.ts';
import type { InferenceSession } from './sessions.ts';
import { inOrder, mostTargets, newTokens, packTrees } from './tokenTree.ts';
import type { PackedTrees, ScoredRow } from './tokenTree.ts';

const config: LlamaConfig = {
  ...{ hiddenSize: 16, intermediateSize: 24, layers: 2, heads: 4, kvHeads: 2, headDim: 4, vocabularySize: 40 },
  ...{ contextLength: 64, rmsNormEpsilon: 1e-5, ropeTheta: 10_000, tiedHead: true },
};
const model: LoadedModel = {
  config,
  tensors: parameterShapes(config).map(({ name, shape }) => {
    const random = new Random(3, name);
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).map(() => 0.5 * random.normal());
    return { name, shape, data };
  }),
};

const random = new Random(9, 'rows');
const some = (n: number) => Array.from({ length: n }, () => random.below(config.vocabularySize));
function rowsToScore(): ScoredRow[] {
  const beginning = some(5);
  const rows: ScoredRow[] = [];
  for (let question = 0; question < 6; question++) {
    const context = [...beginning, ...some(3 + 7 * question)];
    const candidates = [[7], [8], [7, 8, 9], [7, 8, 3, 1], some(6), [7]];
    for (const candidate of candidates) rows.push({ ids: [...context, ...candidate], scored: candidate.length });
    // A row that ends within another, and one whose every token is asked for.
    rows.push({ ids: context, scored: 2 });
    rows.push({ ids: context, scored: context.length - 1 });
  }
  // The window and one more: cut on the left, so that candidates of other lengths have other beginnings.
  const long = some(80);
  for (const n of [2, 5]) rows.push({ ids: [...long, ...some(n)].slice(-config.contextLength - 1), scored: n });
  // More candidates than a place takes.
  for (let id = 0; id < mostTargets + 5; id++) rows.push({ ids: [...beginning, id], scored: 1 });
  rows.push({ ids: [3, 4], scored: 0 }, { ids: [], scored: 0 }, { ids: [3, 4], scored: 1 });
  return rows;
}

/** A model whose batch takes seconds on the reference. */
const large: LlamaConfig = { ...config, hiddenSize: 128, intermediateSize: 512, headDim: 32, vocabularySize: 2000 };

const collect = async (session: InferenceSession, rows: readonly ScoredRow[]): Promise<number[][]> => {
  const found: number[][] = rows.map(() => []);
  for await (const batch of session.score(rows))
    for (const [i, row] of batch.rows.entries()) found[row] = [...batch.values[i]!];
  return found;
};

/** Row by row, token after token. */
async function separately(session: InferenceSession, { ids, scored }: ScoredRow): Promise<number[]> {
  const sequence = session.start();
  const values: number[] = [];
  for (let at = 0; at + 1 < ids.length && scored > 0; at++) {
    const logits = await sequence.append([ids[at]!]);
    if (at + 1 < ids.length - scored) continue;
    const largest = Math.max(...logits);
    values.push(logits[ids[at + 1]!]! - largest - Math.log(logits.reduce((sum, z) => sum + Math.exp(z - largest), 0)));
  }
  sequence.dispose();
  return values;
}

const rows = rowsToScore();
let expected: number[][];
let reference: Backend;
beforeAll(async () => {
  reference = unwrap(await referenceBackend.open({}));
  const session = unwrap(await openInferenceSession(model, reference, { precision: 'float32' }));
  const found: number[][] = [];
  for (const row of rows) found.push(await separately(session, row));
  expected = found;
});

const providers: readonly BackendProvider[] = [referenceBackend, nativeBackend, tfjsBackend, ggmlBackend];
for (const provider of providers) {
  const opened = await provider.open({ threads: 1, ...(provider.name === 'ggml' ? { device: 'cpu' } : {}) });
  describe.skipIf(!opened.ok)(`scoring on ${provider.name}${opened.ok ? '' : ` (${opened.problem.what})`}`, () => {
    afterAll(() => {
      if (opened.ok) opened.value.dispose();
    });
    it('gives rows that share their beginning what each has by itself', async () => {
      const session = unwrap(await openInferenceSession(model, unwrap(opened), { precision: 'float32' }));
      const found = await collect(session, rows);
      expect(found.map((values) => values.length)).toEqual(rows.map(({ scored }) => scored));
      for (const [i, values] of found.entries())
        for (const [n, value] of values.entries())
          expect(Math.abs(value - expected[i]![n]!), `row ${i}, token ${n}`).toBeLessThan(2e-4);
      session.dispose();
    });
  });
}

describe('scoring', () => {
  it('tells how far it is, computes a batch at a time, and refuses what it cannot score', async () => {
    const session = unwrap(await openInferenceSession(model, reference, { precision: 'float32' }));
    // Rows that share nothing, more than a batch takes.
    const many = Array.from({ length: Math.ceil(1.5 * (tokensPerBatch(config) / 64)) }, () => ({
      ids: some(65),
      scored: 1,
    }));
    const batches = session.score(many)[Symbol.asyncIterator]();
    const first = await batches.next();
    expect(first.done).toBe(false);
    if (first.done === true) return;
    expect(first.value.rows.length).toBeLessThan(many.length);
    expect(first.value.share).toBeCloseTo(first.value.rows.length / many.length, 1);
    await batches.return?.();
    const refused = (row: ScoredRow) => collect(session, [row]);
    await expect(refused({ ids: some(config.contextLength + 2), scored: 1 })).rejects.toThrow(RangeError);
    await expect(refused({ ids: [1, 2], scored: 2 })).rejects.toThrow(RangeError);
    await expect(refused({ ids: [1, config.vocabularySize], scored: 1 })).rejects.toThrow('token id 40');
    session.dispose();
    await expect(refused({ ids: [1, 2], scored: 1 })).rejects.toThrow('disposed');
  });

  it('takes fewer tokens at once the larger the model is, and has one graph for all', () => {
    const seven = {
      ...config,
      hiddenSize: 4096,
      intermediateSize: 11_008,
      layers: 32,
      heads: 32,
      kvHeads: 32,
      headDim: 128,
    };
    expect([tokensPerBatch(config), tokensPerBatch(seven)]).toEqual([4096, 512]);
    const { batch, sequence } = scoringSizes(seven);
    expect([batch, sequence]).toEqual([1, 512]);
    expect([...scoringGraph(config, undefined, () => undefined).outputs.keys()]).toEqual(['logProbabilities']);
  });
});

describe('trees of tokens', () => {
  const packed = (of: readonly ScoredRow[], capacity: number): PackedTrees[] => [
    ...packTrees(of, inOrder(of), capacity),
  ];
  const row = (text: string, scored: number): ScoredRow => ({ ids: Array.from(text, (c) => c.charCodeAt(0)), scored });

  it('hold each token once, in preorder, and each id asked for once', () => {
    const all = [row('abcx', 1), row('abcy', 1), row('abd', 1), row('abcx', 1), row('bb', 1)];
    const [one, ...others] = packed(all, 100);
    expect(others).toEqual([]);
    // abc, then b's other end is predicted from ab; then b.
    expect(String.fromCharCode(...one!.ids)).toBe('abcb');
    expect(one!.positions).toEqual([0, 1, 2, 0]);
    expect(one!.ends).toEqual([3, 3, 3, 4]);
    expect(one!.at.map((at, i) => [at, String.fromCharCode(...one!.targets[i]!)])).toEqual([
      [2, 'xy'],
      [1, 'd'],
      [3, 'b'],
    ]);
    expect(newTokens(all, inOrder(all)).reduce((a, b) => a + b)).toBe(4);
  });

  it('branch where rows part', () => {
    const [one] = packed([row('abcde', 1), row('abxy', 1), row('abxz', 2)], 100);
    expect(String.fromCharCode(...one!.ids)).toBe('abcdx');
    expect(one!.ends).toEqual([5, 5, 4, 4, 5]);
  });

  it('stay within the capacity, save for one row that is longer', () => {
    const all = [row('abcdef', 1), row('abcdxy', 1), row('qrstuvwxyz', 1), row('zz', 1)];
    expect(packed(all, 6).map(({ ids }) => ids.length)).toEqual([5 + 1, 9, 1]);
    expect(packed(all, 5).map(({ rows: numbers }) => numbers)).toEqual([[0], [1], [2], [3]]);
  });
});

it.each([
  ['reference', referenceBackend],
  ['tfjs', tfjsBackend],
] as const)('on %s a batch that is stopped ends before it is done, and the session scores on', async (_, provider) => {
  const tensors = parameterShapes(large).map(({ name, shape }) => ({
    name,
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.01),
  }));
  const backend = unwrap(await provider.open({ threads: 1 }));
  const session = unwrap(await openInferenceSession({ config: large, tensors }, backend, { precision: 'float32' }));
  const rows = Array.from({ length: 40 }, () => ({ ids: some(64), scored: 60 }));
  const stop = new AbortController();
  const asked = session.logLikelihoods(
    rows.map(({ ids }) => ids),
    stop.signal,
  );
  setImmediate(() => stop.abort(new Error('stopped by the test')));
  await expect(asked).rejects.toThrow('stopped by the test');
  expect((await session.logLikelihoods([[1, 2]]))[0]![0]).toBeCloseTo(-Math.log(large.vocabularySize), 4);
  session.dispose();
  backend.dispose();
});
