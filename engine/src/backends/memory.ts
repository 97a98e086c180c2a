/**
 * What a backend takes of memory, foreseen from graphs and sizes alone: nothing is opened, read or allocated, so the figures for a
 * model of billions of parameters are there at once. All in bytes.
 */
import { byteCount, elementCount, formats, planGraph } from '../graph/index.ts';
import type { DType, Graph, Sizes, Value } from '../graph/index.ts';
import type { BackendMemory } from './backend.ts';

/** Of one element of a value that is not stored in blocks. */
export const bytesOf = (dtype: DType): number => formats[dtype].bytes / formats[dtype].elements;

/**
 * The most that the values of a run take at one time, where each has a place of its own from the step that makes it until its
 * last reader is done. `more`: bytes that a step takes beside, such as a transposed operand.
 */
export function liveBytes(graph: Graph, sizes: Sizes, bytesPer: (value: Value) => number): number {
  const plan = planGraph(graph, sizes);
  const size = (value: Value): number => elementCount(plan.shape(value)) * bytesPer(value);
  let now = [...graph.feeds.values()].reduce((sum, value) => sum + size(value), 0);
  let most = now;
  for (const { node, release } of plan.steps) {
    for (const value of node.outputs) now += size(value);
    most = Math.max(most, now);
    for (const value of release) now -= size(value);
  }
  return most;
}

/** For a backend that interprets a graph value by value in the machine's memory, as most do. */
export const interpreterMemory: BackendMemory = {
  base: 0,
  roundsLengths: false,
  buffer: byteCount,
  run: (graph, sizes) => liveBytes(graph, sizes, ({ dtype }) => bytesOf(dtype)),
};
