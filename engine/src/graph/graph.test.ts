/** The graph as built: shapes are checked when a node is added, and a plan knows what runs and when values can go. */
import { describe, expect, it } from 'vitest';
import { dropoutKey, Graph, GraphError, gradients, keeps, planGraph } from './index.ts';
import type { Value } from './index.ts';

const linear = { transposeA: false, transposeB: true };

describe('a graph', () => {
  it('refuses nodes that do not fit, and says why', () => {
    const graph = new Graph();
    const x = graph.feed('x', ['batch', 'sequence', 4], 'float32');
    const weight = graph.persistent('weight', [3, 4], 'float32');
    expect(graph.one('matmul', [x, weight], linear).shape).toEqual(['batch', 'sequence', 3]);
    expect(() => graph.add('matmul', [x, weight], { ...linear, transposeB: false })).toThrow(
      '[batch, sequence, 4] float32 × [3, 4] float32',
    );
    expect(() => graph.add('add', [x, weight], {})).toThrow(GraphError);
    expect(() => graph.add('add', [x], {})).toThrow('add takes (a, b), got 1 inputs');
    expect(() => graph.add('sumOfSquares', [], {})).toThrow(GraphError);
    expect(() => graph.add('accumulate', [x, x], {})).toThrow('not a buffer');
    expect(() => graph.add('scale', [new Graph().feed('x', [1], 'float32')], { factor: 1 })).toThrow('another graph');
    const ids = graph.feed('ids', ['batch', 'sequence'], 'int32');
    const heads = { heads: 2, kvHeads: 2, headDim: 2, scale: 1 };
    expect(() => graph.add('attention', [x, x, x, graph.feed('short', ['batch', 2], 'int32')], heads)).toThrow(
      GraphError,
    );
    expect(() => graph.add('attention', [x, x, x, ids], { ...heads, heads: 4 })).toThrow('attention with 4 heads');
  });

  it('gives a head’s gradient only to the loss itself', () => {
    const graph = new Graph();
    const hidden = graph.feed('hidden', [1, 2, 4], 'float32');
    const head = graph.persistent('head', [5, 4], 'float32');
    const [targets, classes] = [graph.feed('targets', [1, 2], 'int32'), graph.feed('classes', [1, 2], 'int32')];
    const inputs = [hidden, head, targets, graph.feed('weights', [1, 2], 'float32'), classes];
    const [loss] = graph.add('headCrossEntropy', inputs, { classes: 1, gradients: 'hidden' });
    expect(gradients(graph, loss!, [hidden]).size).toBe(1);
    expect(() => gradients(graph, loss!, [head])).toThrow('without the gradients that are wanted');
    expect(() => gradients(graph, graph.one('scale', [loss!], { factor: 2 }), [hidden])).toThrow(
      'the loss of headCrossEntropy itself',
    );
  });
});

describe('a plan', () => {
  it('leaves out what nothing needs, runs what changes a buffer, and lets values go after their last reader', () => {
    const graph = new Graph();
    const x = graph.feed('x', ['n', 4], 'float32');
    const sum = graph.persistent('sum', ['n', 4], 'float32');
    const doubled = graph.one('scale', [x], { factor: 2 });
    graph.one('scale', [doubled], { factor: 3 });
    const added = graph.one('add', [doubled, doubled], {});
    graph.add('accumulate', [sum, added], {});
    const [gate, up] = graph.add('swigluGrad', [x, doubled, added], {});
    graph.output('gate', gate!);
    const plan = planGraph(graph, { n: 3 });
    expect(plan.steps.map(({ node }) => node.op)).toEqual(['scale', 'add', 'accumulate', 'swigluGrad']);
    expect(plan.shape(added)).toEqual([3, 4]);
    expect(plan.steps.at(-1)!.used).toEqual([true, false]);
    const released = plan.steps.map(({ release }) => release.map(({ id }) => id).sort());
    const ids = (...values: Value[]) => values.map(({ id }) => id).sort();
    expect(released).toEqual([[], [], [], ids(x, doubled, added, up!)]);
    expect(() => planGraph(graph, {})).toThrow('no size given for the symbol n');
  });
});

describe('dropout’s mask', () => {
  it('drops the share it is asked for, and differs by seed and salt', () => {
    const mask = (seed: number, salt: number) =>
      Array.from({ length: 20_000 }, (_, i) => keeps(dropoutKey(seed, salt), i, 0.2));
    const share = (kept: boolean[]) => kept.filter((one) => !one).length / kept.length;
    const agreement = (a: boolean[], b: boolean[]) => share(a.map((one, i) => one === b[i]));
    for (const kept of [mask(1, 0), mask(2, 0), mask(-1, 3)]) expect(share(kept)).toBeCloseTo(0.2, 1);
    // Independent masks disagree in 2 · 0.2 · 0.8 of the places.
    expect(agreement(mask(1, 0), mask(2, 0))).toBeCloseTo(0.32, 1);
    expect(agreement(mask(1, 0), mask(1, 1))).toBeCloseTo(0.32, 1);
    expect(mask(1, 0)).toEqual(mask(1, 0));
  });
});
