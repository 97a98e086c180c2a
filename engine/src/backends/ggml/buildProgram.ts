/** From a graph to its program: each step of its plan is emitted in order. */
import { type Graph, type Node, planGraph, type Sizes } from '../../graph/index.ts';
import type { Precision } from '../backend.ts';
import { emitters } from './emitters.ts';
import type { Limits, Program } from './program.ts';
import { ProgramBuilder } from './programBuilder.ts';

/** Throws where sizes do not fit. */
export function buildProgram(graph: Graph, sizes: Sizes, precision: Precision, limits: Limits): Program {
  const plan = planGraph(graph, sizes);
  const builder = new ProgramBuilder(graph, plan, precision, limits);
  for (const step of plan.steps) {
    builder.begin(step);
    // op and attributes belong together by construction of the graph; the table's type cannot follow the union.
    (emitters[step.node.op] as (node: Node, builder: ProgramBuilder) => void)(step.node, builder);
  }
  return builder.finish();
}
