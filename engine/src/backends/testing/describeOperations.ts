/** Every operation on shapes larger than the self-check's, against the reference: what each backend's tests call. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { Random } from '../../base/random.ts';
import { elementCount } from '../../graph/index.ts';
import type { AttributesOf, DType, OperationName } from '../../graph/index.ts';
import type { Backend, HostArray, Precision } from '../backend.ts';
import type { CaseInput } from '../operationCases.ts';
import { referenceBackend } from '../reference/referenceBackend.ts';
import { relativeDifference, runCase } from '../selfCheck.ts';

type Answers = Record<string, HostArray>;

export function given(dtype: DType, shape: readonly number[], values: readonly number[]): CaseInput {
  return { shape, dtype, data: dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values) };
}

/** Inputs of one kind after another; two with the same seed draw the same. */
export class Inputs {
  readonly random: Random;
  constructor(seed = 11) {
    this.random = new Random(seed);
  }
  of = (dtype: DType, shape: readonly number[], next: () => number): CaseInput =>
    given(dtype, shape, Array.from({ length: elementCount(shape) }, next));
  floats = (...shape: number[]) => this.of('float32', shape, () => this.random.normal());
  below = (n: number, ...shape: number[]) => this.of('int32', shape, () => this.random.below(n));
  /** Trees in preorder: where the descendants of each position end. */
  trees = (batch: number, length: number): CaseInput => {
    const rows = Array.from({ length: batch }, () => {
      const ends = new Array<number>(length).fill(length);
      const path: number[] = [];
      for (let i = 0; i < length; i++) {
        const kept = this.random.below(4) === 0 ? this.random.below(path.length + 1) : path.length;
        for (const j of path.splice(kept)) ends[j] = i;
        path.push(i);
      }
      return ends;
    });
    return given('int32', [batch, length], rows.flat());
  };
  /** Documents of random lengths, padding at the end. */
  segments = (batch: number, length: number): CaseInput => {
    const rows = Array.from({ length: batch }, () => {
      let document = 0;
      return Array.from({ length }, (_, i) => (i > length - 3 ? -1 : (document += this.random.below(6) === 0 ? 1 : 0)));
    });
    return given('int32', [batch, length], rows.flat());
  };
}

/** What the reference answers, computed once for inputs that come again. */
export class ReferenceAnswers {
  readonly #known = new Map<string, Promise<Answers>>();

  of(
    op: OperationName,
    inputs: readonly CaseInput[],
    attributes: unknown,
    precision: Precision = 'float32',
  ): Promise<Answers> {
    const key = JSON.stringify([
      op,
      attributes,
      precision,
      inputs.map(({ shape, data }) => [shape, data[0], data.at(-1)]),
    ]);
    const known =
      this.#known.get(key) ??
      referenceBackend
        .open({})
        .then((backend) => runCase(unwrap(backend), { op, title: '', inputs, attributes }, precision));
    this.#known.set(key, known);
    return known;
  }
}

export async function agrees<N extends OperationName>(
  backend: Backend,
  reference: ReferenceAnswers,
  op: N,
  inputs: readonly CaseInput[],
  attributes: AttributesOf<N>,
  tolerance = 2e-5,
  precision: Precision = 'float32',
): Promise<void> {
  const expected = await reference.of(op, inputs, attributes, precision);
  const actual = await runCase(backend, { op, title: '', inputs, attributes }, precision);
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(expected))
    expect(relativeDifference(actual[name], values), `${op}: ${name}`).toBeLessThan(tolerance);
}

/** Batch, length, width and vocabulary of heads; the last has two chunks of rows on CPUs. */
const heads: readonly (readonly [number, number, number, number])[] = [
  [1, 1, 4, 5],
  [2, 30, 16, 300],
  [3, 72, 4, 40_000],
];

/** `largestHead`: vocabularies up to this one; absent: all. For devices that are too slow for tests. */
export function describeOperations(
  title: string,
  open: () => Promise<Backend>,
  reference = new ReferenceAnswers(),
  largestHead = Infinity,
): void {
  describe(`operations of ${title} against the reference`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    afterAll(() => backend.dispose());
    const { random, of: tensor, floats, below, segments, trees } = new Inputs();
    const agrees_ = <N extends OperationName>(
      op: N,
      inputs: readonly CaseInput[],
      attributes: AttributesOf<N>,
      tolerance?: number,
    ) => agrees(backend, reference, op, inputs, attributes, tolerance);

    it.each([
      [1, 1, 1, 1],
      [3, 17, 20, 31],
      [2, 64, 96, 40],
    ])('matmul, batch %i, length %i, %i by %i', async (batch, length, n, k) => {
      const form = (transposeA: boolean, transposeB: boolean) => ({ transposeA, transposeB });
      await agrees_('matmul', [floats(batch, length, k), floats(k, n)], form(false, false));
      await agrees_('matmul', [floats(batch, length, k), floats(n, k)], form(false, true));
      await agrees_('matmul', [floats(batch, length, k), floats(batch, length, n)], form(true, false));
    });

    it.each([
      [1, 1, 4],
      [2, 40, 64],
      [3, 7, 200],
    ])('embedding and norms, batch %i, length %i, width %i', async (batch, length, width) => {
      const x = floats(batch, length, width);
      await agrees_('embedding', [floats(50, width), below(50, batch, length)], {});
      await agrees_('embeddingGrad', [below(9, batch, length), x], { rows: 50 });
      await agrees_('rmsNorm', [x, floats(width)], { epsilon: 1e-6 });
      await agrees_('rmsNormGrad', [x, floats(width), floats(batch, length, width)], { epsilon: 1e-6 });
      await agrees_('swiglu', [x, floats(batch, length, width)], {});
      await agrees_('swigluGrad', [x, floats(batch, length, width), floats(batch, length, width)], {});
      await agrees_('dropout', [x, given('int32', [1], [77])], { rate: 0.1, salt: 3 });
    });

    it.each([
      [2, 2],
      [8, 4],
      [16, 32],
    ])('rope, %i heads of %i', async (heads, headDim) => {
      const frequencies = Array.from({ length: headDim / 2 }, (_, i) => 10_000 ** ((-2 * i) / headDim));
      const inputs = [floats(2, 30, heads * headDim), below(4000, 2, 30)];
      for (const inverse of [false, true]) await agrees_('rope', inputs, { headDim, frequencies, inverse });
    });

    it.each([
      [1, 1, 1, 1, 2],
      [2, 33, 6, 6, 8],
      [3, 20, 8, 2, 16],
      [1, 64, 4, 1, 4],
    ])('attention, batch %i, length %i, %i heads over %i, of %i', async (batch, length, heads, kvHeads, headDim) => {
      const attributes = { heads, kvHeads, headDim, scale: 1 / Math.sqrt(headDim) };
      const [q, k, v] = [heads, kvHeads, kvHeads].map((n) => floats(batch, length, n * headDim));
      await agrees_('attention', [q!, k!, v!, segments(batch, length)], attributes);
      await agrees_('treeAttention', [q!, k!, v!, trees(batch, length)], attributes);
      // Two rows more than there are in the batch, which takes them from the last on.
      const cache = () => floats(batch + 2, length + 5, kvHeads * headDim);
      const rows = given(
        'int32',
        [batch],
        Array.from({ length: batch }, (_, b) => batch + 1 - b),
      );
      const past = given(
        'int32',
        [batch],
        Array.from({ length: batch }, (_, b) => [3, 0, 5][b % 3]!),
      );
      await agrees_('cacheWrite', [cache(), floats(batch, length, kvHeads * headDim), rows, past], {});
      await agrees_('cachedAttention', [q!, cache(), cache(), rows, past], attributes);
      await agrees_('cacheCopy', [cache(), given('int32', [1], [1]), rows], {});
    });

    it('attention stays finite with large scores', async () => {
      const large = (shape: number[]) => tensor('float32', shape, () => 60 * random.normal());
      const inputs = [large([1, 12, 8]), large([1, 12, 8]), large([1, 12, 8]), segments(1, 12)];
      await agrees_('attention', inputs, { heads: 1, kvHeads: 1, headDim: 8, scale: 1 });
    });

    it.each(heads.filter((head) => head[3] <= largestHead))(
      'head, batch %i, length %i, width %i, vocabulary %i',
      async (batch, length, width, vocabulary) => {
        const hidden = floats(batch, length, width);
        const weight = floats(vocabulary, width);
        const targets = tensor('int32', [batch, length], () => (random.below(4) === 0 ? -1 : random.below(vocabulary)));
        const weights = tensor('float32', [batch, length], () => random.uniform());
        const all = [hidden, weight, targets, weights, below(3, batch, length)];
        for (const gradients of ['none', 'hidden', 'both'] as const)
          // Sums over the whole vocabulary, in float32.
          await agrees_('headCrossEntropy', all, { classes: 3, gradients }, 1e-4);
        await agrees_('headLogits', [hidden, weight, below(length, batch)], {});
        const ids = tensor('int32', [7, 3], () => (random.below(4) === 0 ? -1 : random.below(vocabulary)));
        await agrees_('headLogProbabilities', [hidden, weight, below(batch * length, 7), ids], {});
      },
    );

    it('head with no label at all, and with a label that is next to impossible', async () => {
      const weights = given('float32', [1, 2], [1, 1]);
      const classes = given('int32', [1, 2], [0, 0]);
      const weight = given('float32', [3, 1], [100, 0, -100]);
      const inputs = (targets: number[]) => [
        given('float32', [1, 2, 1], [3, -3]),
        weight,
        given('int32', [1, 2], targets),
        weights,
        classes,
      ];
      await agrees_('headCrossEntropy', inputs([-1, -1]), { classes: 1, gradients: 'both' });
      await agrees_('headCrossEntropy', inputs([2, 0]), { classes: 1, gradients: 'both' });
    });

    it.each([[[7]], [[300, 64]]])('optimizer, %j', async (shape) => {
      const [w, m, gradient] = [floats(...shape), floats(...shape), floats(...shape)];
      const v = tensor('float32', shape, () => random.uniform());
      const numbers = [[0.7], [0.01], [0.1, 0.05]].map((values) => given('float32', [values.length], values));
      const attributes = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 };
      await agrees_('adamw', [w, m, v, gradient, ...numbers], attributes);
      await agrees_('accumulate', [w, m], {});
      await agrees_('sumOfSquares', [w, m, floats(3)], {});
    });
  });
}
