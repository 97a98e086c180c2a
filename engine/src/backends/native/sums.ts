/** Finds the sums of a graph that the products in them can make themselves, with no value in between. */
import type { Graph, Plan, Value } from '../../graph/index.ts';

/**
 * Products that are only read by a sum: `add` to a value that ends there, or `accumulate` into a buffer. The sum is then made
 * where the product stands, so nothing may read or change what it adds to between the two.
 */
export function findSums(graph: Graph, { steps }: Plan): Map<Value, Value> {
  const readers = new Map<Value, number[]>();
  for (const [at, { node }] of steps.entries())
    for (const value of node.inputs) readers.set(value, [...(readers.get(value) ?? []), at]);
  const madeAt = new Map<Value, number>();
  for (const [at, { node }] of steps.entries()) for (const value of node.outputs) madeAt.set(value, at);
  const answers = new Set(graph.outputs.values());
  const sums = new Map<Value, Value>();
  for (const [at, { node }] of steps.entries()) {
    if (node.op !== 'add' && node.op !== 'accumulate') continue;
    const [a, b] = node.inputs as [Value, Value];
    for (const [product, into] of node.op === 'add' ? [[a, b] as const, [b, a] as const] : [[b, a] as const]) {
      const made = madeAt.get(product);
      if (made === undefined || product === into || answers.has(product) || readers.get(product)?.length !== 1)
        continue;
      const { op } = steps[made]!.node;
      if (op !== 'matmul' && op !== 'embeddingGrad') continue;
      const before =
        into.source === 'node' ? madeAt.get(into)! < made : into.source === 'feed' || node.op === 'accumulate';
      const others = readers.get(into)!.filter((reader) => reader !== at);
      const ends =
        node.op === 'accumulate' ? into.source === 'persistent' : into.source !== 'persistent' && !answers.has(into);
      if (!before || !ends || others.some((reader) => reader >= made)) continue;
      // The value that is added to may itself be such a product, whose sum another step would make.
      if (sums.has(into)) continue;
      sums.set(product, into);
      break;
    }
  }
  return sums;
}
