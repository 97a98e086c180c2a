/** What the WebAssembly runtime takes of memory, foreseen: it can address 4 GB, and keeps the transposes of weights beside them. */
import { elementCount, planGraph } from '../../graph/index.ts';
import type { Graph, Sizes, Value } from '../../graph/index.ts';
import type { BackendMemory } from '../backend.ts';
import { bytesOf, liveBytes } from '../memory.ts';

const addressable = 2 ** 32;

export const wasmMemory: BackendMemory = {
  device: { name: 'WebAssembly', total: addressable, free: addressable, isOwn: false },
  base: 30e6,
  roundsLengths: false,
  buffer: (shape, dtype) => elementCount(shape) * bytesOf(dtype),
  run: (graph, sizes) => transposes(graph, sizes) + liveBytes(graph, sizes, ({ dtype }) => bytesOf(dtype)),
};

/** Of the buffers that products read transposed: kept until the buffer changes. */
function transposes(graph: Graph, sizes: Sizes): number {
  const plan = planGraph(graph, sizes);
  const found = new Set<Value>();
  for (const { node } of plan.steps) {
    if (node.op !== 'matmul') continue;
    const { transposeA, transposeB } = node.attributes;
    for (const [i, value] of node.inputs.entries())
      if (value.source === 'persistent' && (i === 0 ? transposeA : transposeB)) found.add(value);
  }
  return [...found].reduce((sum, value) => sum + elementCount(plan.shape(value)) * bytesOf(value.dtype), 0);
}
