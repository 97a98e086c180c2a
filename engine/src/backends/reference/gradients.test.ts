/** Every gradient rule against finite differences of the operation itself, on the reference backend. */
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { gradients, isStoredType, operations } from '../../graph/index.ts';
import type { Graph, Operation, Value } from '../../graph/index.ts';
import { Random } from '../../base/random.ts';
import { caseGraph, operationCases } from '../operationCases.ts';
import type { OperationCase } from '../operationCases.ts';
import type { Buffer, HostArray } from '../backend.ts';
import { kernels } from './kernels.ts';
import { referenceBackend } from './referenceBackend.ts';
import type { Kernel } from './tensor.ts';

/** Outputs of the operation in double precision: float32 would drown the differences. */
function forward({ op, attributes }: OperationCase, inputs: readonly (Float64Array | Int32Array)[], graph: Graph) {
  const node = graph.nodes[0]!;
  const tensors = node.inputs.map((value, i) => ({ shape: value.shape as number[], data: inputs[i]! }));
  const shapes = node.outputs.map((value) => value.shape as number[]);
  return (kernels[op] as unknown as Kernel<unknown>)(tensors, attributes, shapes);
}

const doubles = (data: HostArray) => (data instanceof Int32Array ? data : Float64Array.from(data));

/** Nodes for the gradients by the inputs, from seeds for the gradient of the first output. */
function ruleGradients(one: OperationCase, seeds: readonly Value[], graph: Graph, inputs: readonly Value[]) {
  const node = graph.nodes[0]!;
  const rule = (operations[one.op] as unknown as Operation<unknown>).gradient!;
  const wanted = inputs.map(({ dtype }) => dtype === 'float32');
  return rule({ graph, ...node, outputGradients: [seeds[0]], wanted });
}

const differentiable = operationCases().filter(
  ({ op, attributes, inputs }) =>
    (operations[op] as Operation<never>).gradient !== undefined &&
    inputs.some(({ dtype }) => dtype === 'float32') &&
    (op !== 'headCrossEntropy' ||
      (attributes as { gradients: string }).gradients === 'both' ||
      inputs.some(({ dtype }) => isStoredType(dtype))),
);
// Inputs that are given, not learnt: no gradient flows to them.
const constants: Partial<Record<string, readonly number[]>> = { scaleBy: [1], headCrossEntropy: [3] };

describe('gradient rules', () => {
  it('exist for all that a model is made of', () => {
    expect(new Set(differentiable.map(({ op }) => op))).toEqual(
      new Set([
        'embedding',
        'matmul',
        'rmsNorm',
        'rope',
        'attention',
        'swiglu',
        'headCrossEntropy',
        'add',
        'scale',
        'scaleBy',
        'cast',
        'dropout',
      ]),
    );
  });

  it.each(differentiable.map((one) => [`${one.op}, ${one.title}`, one] as const))('%s', async (_, one) => {
    const backend = unwrap(await referenceBackend.open({}));
    const { graph, inputs, outputs } = caseGraph(one);
    const y = outputs[0]!;
    const isLoss = one.op === 'headCrossEntropy';
    const random = new Random(3, 'seed');
    const size = (y.shape as number[]).reduce((a, b) => a * b, 1);
    const seedData = Float32Array.from({ length: size }, () => (isLoss ? 1 : random.normal()));
    const seed = isLoss ? graph.unitSeed() : graph.feed('seed', y.shape, 'float32');
    const found = ruleGradients(one, [seed], graph, inputs);
    for (const [i, value] of found.entries()) if (value !== undefined) graph.output(`d${i}`, value);
    const feeds: Record<string, HostArray> = { seed: seedData };
    const buffers: Record<string, Buffer> = {};
    for (const [i, { shape, dtype, data }] of one.inputs.entries())
      if (isStoredType(dtype)) buffers[`${i}`] = await backend.allocate(shape, dtype, data);
      else feeds[`${i}`] = data;
    const answers = await (await backend.compile(graph, {})).run(feeds, buffers);

    const points: (Float64Array | Int32Array)[] = [];
    for (const [i, { data }] of one.inputs.entries()) points.push(doubles((await buffers[`${i}`]?.read()) ?? data));
    const loss = () => forward(one, points, graph)[0]!.reduce((sum, value, i) => sum + value * seedData[i]!, 0);
    for (const [i, point] of points.entries()) {
      if (point instanceof Int32Array || constants[one.op]?.includes(i)) continue;
      if (isStoredType(one.inputs[i]!.dtype)) continue;
      const gradient = answers[`d${i}`]!;
      expect(gradient.length).toBe(point.length);
      const h = 1e-5;
      for (let at = 0; at < point.length; at++) {
        const kept = point[at]!;
        point[at] = kept + h;
        const above = loss();
        point[at] = kept - h;
        const below = loss();
        point[at] = kept;
        const difference = (above - below) / (2 * h);
        expect(Math.abs(gradient[at]! - difference), `input ${i}, element ${at}`).toBeLessThan(
          1e-6 * Math.max(1, Math.abs(difference)),
        );
      }
    }
  });

  it('sums the gradients of a value that is used twice, and leaves out what leads to no parameter', async () => {
    const backend = unwrap(await referenceBackend.open({}));
    const { graph, inputs } = caseGraph(operationCases().find(({ op }) => op === 'add')!);
    const [a, b] = inputs as [Value, Value];
    const weight = graph.feed('weight', [7, 5], 'float32');
    const x = graph.one('add', [graph.one('scale', [a], { factor: 2 }), graph.one('add', [a, b], {})], {});
    const hidden = graph.one('matmul', [graph.one('embedding', [x, graph.feed('ids', [1, 4], 'int32')], {}), weight], {
      transposeA: false,
      transposeB: true,
    });
    const head = graph.feed('head', [6, 7], 'float32');
    const tokens = ['targets', 'weights', 'classes'].map((name) =>
      graph.feed(name, [1, 4], name === 'weights' ? 'float32' : 'int32'),
    );
    const [loss] = graph.add('headCrossEntropy', [hidden, head, ...tokens], { classes: 1, gradients: 'hidden' });
    const before = graph.nodes.length;
    const found = gradients(graph, loss!, [a, b]);
    const emitted = graph.nodes.slice(before).map(({ op }) => op);
    expect(emitted.filter((op) => op === 'matmul')).toHaveLength(1);
    graph.output('a', found.get(a)!);
    graph.output('b', found.get(b)!);
    const random = new Random(5);
    const draw = (n: number) => Float32Array.from({ length: n }, () => random.normal());
    const answers = await (
      await backend.compile(graph, {})
    ).run(
      {
        0: draw(15),
        1: draw(15),
        weight: draw(35),
        head: draw(42),
        ids: Int32Array.of(0, 2, 2, 1),
        targets: Int32Array.of(5, -1, 0, 1),
        weights: Float32Array.of(1, 1, 1, 1),
        classes: new Int32Array(4),
      },
      {},
    );
    expect(answers['b']!.some((value) => Math.abs(value) > 1e-3)).toBe(true);
    for (const [i, value] of answers['a']!.entries()) expect(value).toBeCloseTo(3 * answers['b']![i]!, 4);
  });
});
