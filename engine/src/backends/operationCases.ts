/**
 * Each operation on small inputs that touch its corners (grouped heads, several documents, ignored labels, repeated ids): what a
 * backend is compared with the reference on, and what gradients are checked on by finite differences.
 */
import { Random } from '../base/random.ts';
import { elementCount, Graph, isStoredType, storedTypes } from '../graph/index.ts';
import type { AttributesOf, DType, OperationName, StoredType, Value } from '../graph/index.ts';
import type { HostArray } from './backend.ts';

export interface OperationCase {
  readonly op: OperationName;
  /** What is particular about this one. */
  readonly title: string;
  readonly inputs: readonly CaseInput[];
  readonly attributes: unknown;
}

export interface CaseInput {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: HostArray;
}

const floats = (shape: readonly number[], stream: string, of = (normal: number) => normal): CaseInput => {
  const random = new Random(7, stream);
  return {
    shape,
    dtype: 'float32',
    data: Float32Array.from({ length: elementCount(shape) }, () => of(random.normal())),
  };
};
const ints = (shape: readonly number[], values: readonly number[]): CaseInput => ({
  shape,
  dtype: 'int32',
  data: Int32Array.from(values),
});
const exactly = (...values: number[]): CaseInput => ({
  shape: [values.length],
  dtype: 'float32',
  data: Float32Array.from(values),
});

function one<N extends OperationName>(
  op: N,
  title: string,
  inputs: readonly CaseInput[],
  attributes: AttributesOf<N>,
): OperationCase {
  return { op, title, inputs, attributes };
}

/** Cases of every operation. */
export function operationCases(): OperationCase[] {
  return [...linear(), ...rows(), ...attention(), ...head(), ...elementwise(), ...optimizer(), ...stored()];
}

/** Formats that a case's weights are stored in: a backend that lacks them is not asked. */
export const storedTypesOf = ({ inputs }: OperationCase): StoredType[] =>
  inputs.map(({ dtype }) => dtype).filter(isStoredType);

/** Weights in each stored format, in rows that end within a block. */
function stored(): OperationCase[] {
  const numbers = floats([40, 72], 'weight');
  const few = floats([2, 3, 72], 'x');
  const many = floats([2, 9, 72], 'many');
  const dy = floats([2, 9, 40], 'dy');
  return storedTypes.flatMap((dtype) => {
    const weight = { ...numbers, dtype };
    const ids = ints([2, 3], [4, 0, 39, 1, 4, 2]);
    const targets = ints([2, 3], [6, -1, 0, 39, 3, -1]);
    const all = [few, weight, targets, floats([2, 3], 'weights', Math.abs), ints([2, 3], [0, 0, 0, 0, 0, 0])];
    const product = { transposeA: false, transposeB: true };
    return [
      one('embedding', dtype, [weight, ids], {}),
      one('matmul', `${dtype}, few rows`, [few, weight], product),
      one('matmul', `${dtype}, many rows`, [many, weight], product),
      one('matmul', `${dtype}, plain`, [dy, weight], { ...product, transposeB: false }),
      one('headCrossEntropy', dtype, all, { classes: 1, gradients: 'hidden' }),
      one('headLogProbabilities', dtype, [few, weight, ints([3], [5, 0, 3]), ints([3, 2], [6, 39, -1, 0, 3, 3])], {}),
      one('headLogits', dtype, [few, weight, ints([2], [2, 0])], {}),
    ];
  });
}

function linear(): OperationCase[] {
  const ids = ints([2, 3], [4, 0, 4, 1, 4, 2]);
  const product = { transposeA: false, transposeB: false };
  return [
    one('embedding', 'repeated ids', [floats([5, 4], 'table'), ids], {}),
    one('embeddingGrad', 'repeated ids', [ids, floats([2, 3, 4], 'dy')], { rows: 5 }),
    one('matmul', 'plain', [floats([2, 3, 4], 'a'), floats([4, 5], 'b')], product),
    one('matmul', 'transposeB', [floats([2, 3, 4], 'a'), floats([5, 4], 'b')], { ...product, transposeB: true }),
    one('matmul', 'transposeA', [floats([2, 3, 4], 'a'), floats([2, 3, 5], 'b')], { ...product, transposeA: true }),
  ];
}

function rows(): OperationCase[] {
  const norm = [floats([2, 3, 8], 'x'), floats([8], 'weight')];
  const rotation = { headDim: 4, frequencies: [1, 0.1], inverse: false };
  const rotated = [floats([2, 3, 8], 'x'), ints([2, 3], [0, 1, 2, 0, 7, 300])];
  return [
    one('rmsNorm', 'three dimensions', norm, { epsilon: 1e-5 }),
    one('rmsNormGrad', 'three dimensions', [...norm, floats([2, 3, 8], 'dy')], { epsilon: 1e-5 }),
    one('rope', 'two heads', rotated, rotation),
    one('rope', 'inverse', rotated, { ...rotation, inverse: true }),
  ];
}

function attention(): OperationCase[] {
  const heads = { heads: 4, kvHeads: 2, headDim: 2, scale: Math.SQRT1_2 };
  const [q, k, v] = [floats([2, 5, 8], 'q'), floats([2, 5, 4], 'k'), floats([2, 5, 4], 'v')];
  const documents = ints([2, 5], [0, 0, 1, 1, 1, 0, 0, 0, -1, -1]);
  const whole = ints([2, 5], new Array<number>(10).fill(0));
  const cache = [floats([3, 7, 4], 'keys'), floats([3, 7, 4], 'values')] as const;
  const [x, q3, q1] = [floats([2, 3, 4], 'x'), floats([2, 3, 8], 'q'), floats([3, 1, 8], 'q')];
  return [
    one('attention', 'grouped heads, documents and padding', [q, k, v, documents], heads),
    one('attention', 'one document', [q, k, v, whole], heads),
    one('treeAttention', 'branches and several trees', [q, k, v, ints([2, 5], [5, 3, 3, 5, 5, 1, 3, 3, 5, 5])], heads),
    one('treeAttention', 'one path', [q, k, v, ints([2, 5], [5, 5, 5, 5, 5, 5, 5, 5, 5, 5])], heads),
    one('cacheWrite', 'in the middle', [cache[0], x, ints([2], [2, 0]), ints([2], [2, 4])], {}),
    one('cacheWrite', 'one row of several', [cache[0], floats([1, 7, 4], 'x'), ints([1], [1]), ints([1], [0])], {}),
    one('cacheCopy', 'one row into two', [cache[0], ints([1], [1]), ints([2], [2, 0])], {}),
    one('cachedAttention', 'several behind a past', [q3, ...cache, ints([2], [1, 2]), ints([2], [2, 4])], heads),
    one('cachedAttention', 'one token', [q1, ...cache, ints([3], [2, 0, 1]), ints([3], [6, 0, 3])], heads),
  ];
}

function head(): OperationCase[] {
  const hidden = floats([2, 3, 4], 'hidden');
  const weight = floats([7, 4], 'weight');
  const targets = ints([2, 3], [6, -1, 0, 3, 3, -1]);
  const weights = floats([2, 3], 'weights', (normal) => Math.abs(normal) + 0.1);
  const classes = ints([2, 3], [0, 1, 2, 2, 0, 0]);
  const all = [hidden, weight, targets, weights, classes];
  return [
    one('headCrossEntropy', 'no gradients', all, { classes: 3, gradients: 'none' }),
    one('headCrossEntropy', 'gradient of the hidden states', all, { classes: 3, gradients: 'hidden' }),
    one('headCrossEntropy', 'both gradients', all, { classes: 3, gradients: 'both' }),
    one(
      'headLogProbabilities',
      'places twice, several ids, some ignored',
      [hidden, weight, ints([4], [5, 0, 0, 3]), ints([4, 3], [6, 0, -1, 3, 3, 2, -1, -1, -1, -1, 5, 1])],
      {},
    ),
    one('headLogits', 'one place a row', [hidden, weight, ints([2], [2, 0])], {}),
  ];
}

function elementwise(): OperationCase[] {
  const [a, b, c] = [floats([3, 5], 'a'), floats([3, 5], 'b'), floats([3, 5], 'c')];
  return [
    one('swiglu', 'two dimensions', [a, b], {}),
    one('swigluGrad', 'two dimensions', [a, b, c], {}),
    one('add', 'two dimensions', [a, b], {}),
    one('scale', 'by a negative factor', [a], { factor: -1.5 }),
    one('scaleBy', 'by a fed factor', [a, exactly(0.25)], {}),
    one('cast', 'to the same', [a], { to: 'float32' }),
    one('dropout', 'a third', [floats([4, 9], 'x'), ints([1], [-123456789])], { rate: 0.3, salt: 2 }),
  ];
}

function optimizer(): OperationCase[] {
  const [a, b, c] = [floats([3, 5], 'a'), floats([3, 5], 'b'), floats([7], 'c')];
  const moment = floats([3, 5], 'v', Math.abs);
  const rates = [exactly(0.5), exactly(0.01), exactly(0.1, 0.05)];
  const adam = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 };
  return [
    one('accumulate', 'in place', [a, b], {}),
    one('clear', 'in place', [a], {}),
    one('sumOfSquares', 'several shapes', [a, b, c], {}),
    one('clipFactor', 'above the norm', [exactly(16)], { maxNorm: 1 }),
    one('clipFactor', 'below the norm', [exactly(0.01)], { maxNorm: 1 }),
    one('clipFactor', 'switched off', [exactly(16)], { maxNorm: 0 }),
    one('adamw', 'with decay', [a, b, moment, floats([3, 5], 'gradient'), ...rates], adam),
  ];
}

/** The case as a graph of one node: inputs named `0`, `1`, … ; persistent where the operation changes them or they are stored weights. */
export function caseGraph(
  { op, inputs, attributes }: OperationCase,
  mutates: readonly number[] = [],
): { graph: Graph; inputs: readonly Value[]; outputs: readonly Value[] } {
  const graph = new Graph();
  const values = inputs.map(({ shape, dtype }, i) =>
    mutates.includes(i) || isStoredType(dtype)
      ? graph.persistent(`${i}`, shape, dtype)
      : graph.feed(`${i}`, shape, dtype),
  );
  return { graph, inputs: values, outputs: graph.add(op, values, attributes as AttributesOf<typeof op>) };
}
