/** From a graph to its program: each step of its plan is emitted in order, then every cell gets its place. */
import { type Graph, type Node, planGraph, type Sizes } from '../../graph/index.ts';
import { emitters } from './emitters.ts';
import type { Program } from './program.ts';
import { type Layout, ProgramBuilder } from './programBuilder.ts';

/** Throws where the graph asks for what no addon has, or its sizes do not fit. */
export const buildProgram = (graph: Graph, sizes: Sizes, operations: readonly string[]): Program =>
  builderOf(graph, sizes).finish(graph, operations);

/** What the program of a graph will be, without an addon. */
export const foreseeProgram = (graph: Graph, sizes: Sizes): Pick<Layout, 'arenaBytes' | 'instructions'> =>
  builderOf(graph, sizes).layOut(graph);

function builderOf(graph: Graph, sizes: Sizes): ProgramBuilder {
  const plan = planGraph(graph, sizes);
  const builder = new ProgramBuilder(graph, plan);
  for (const step of plan.steps) {
    // op and attributes belong together by construction of the graph; the table's type cannot follow the union.
    const emit = emitters[step.node.op] as (node: Node, builder: ProgramBuilder) => void;
    if (builder.begin(step)) emit(step.node, builder);
  }
  return builder;
}
