/**
 * What a backend needs to run a graph for concrete sizes: the nodes that count, in order, and when each value can be let go.
 */
import type { Graph } from './graph.ts';
import type { Operation } from './operation.ts';
import { operations } from './operations.ts';
import type { Node } from './operations.ts';
import { resolveShape } from './value.ts';
import type { Sizes, Value } from './value.ts';

export interface PlanStep {
  readonly node: Node;
  /** By output of the node: does a later step or the answer read it? A backend may leave the others uncomputed. */
  readonly used: readonly boolean[];
  /** Values (feeds and nodes' outputs, never persistent ones) that nothing reads after this step. */
  readonly release: readonly Value[];
}

export interface Plan {
  readonly steps: readonly PlanStep[];
  readonly sizes: Sizes;
  /** Concrete shape of a value. */
  shape(value: Value): readonly number[];
}

/** Drops nodes that neither an output nor a buffer depends on, and finds the last reader of each value. */
export function planGraph(graph: Graph, sizes: Sizes): Plan {
  const needed = new Set<Value>(graph.outputs.values());
  const kept: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    const { mutates } = operations[node.op] as Operation<never>;
    if (mutates === undefined && !node.outputs.some((value) => needed.has(value))) continue;
    kept.unshift(node);
    for (const value of node.inputs) needed.add(value);
  }
  const lastReader = new Map<Value, Node>();
  for (const node of kept) for (const value of node.inputs) lastReader.set(value, node);
  const answers = new Set(graph.outputs.values());
  const steps = kept.map((node): PlanStep => {
    const mayGo = (value: Value) => value.source !== 'persistent' && !answers.has(value);
    const read = [...new Set(node.inputs)].filter((value) => mayGo(value) && lastReader.get(value) === node);
    const unread = node.outputs.filter((value) => mayGo(value) && !lastReader.has(value));
    return { node, used: node.outputs.map((value) => needed.has(value)), release: [...read, ...unread] };
  });
  const shapes = new Map<Value, readonly number[]>();
  for (const value of graph.values) shapes.set(value, resolveShape(value.shape, sizes));
  return { steps, sizes, shape: (value) => shapes.get(value)! };
}
