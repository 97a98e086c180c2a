/** Reverse-mode differentiation: walks the graph backwards and lets each operation's rule emit nodes of the same graph. */
import type { Graph } from './graph.ts';
import { GraphError } from './operation.ts';
import type { Operation } from './operation.ts';
import { operations } from './operations.ts';
import type { Value } from './value.ts';

/**
 * Adds nodes for the gradients of `loss` ([1]) with respect to `parameters`, and answers with them by parameter. A parameter
 * that the loss does not depend on is missing. Nothing is emitted for values that lead to no parameter.
 */
export function gradients(graph: Graph, loss: Value, parameters: readonly Value[]): Map<Value, Value> {
  const nodes = [...graph.nodes];
  const leads = new Set<Value>(parameters);
  for (const node of nodes) {
    if (node.inputs.some((value) => leads.has(value))) for (const value of node.outputs) leads.add(value);
  }
  const found = new Map<Value, Value>([[loss, graph.unitSeed()]]);
  for (const node of nodes.reverse()) {
    const outputGradients = node.outputs.map((value) => found.get(value));
    if (outputGradients.every((value) => value === undefined)) continue;
    const wanted = node.inputs.map((value) => leads.has(value));
    if (!wanted.includes(true)) continue;
    // The union of operations cannot be called with the union of attributes; op and attributes belong together by construction.
    const operation = operations[node.op] as unknown as Operation<unknown>;
    if (operation.gradient === undefined) throw new GraphError(`${node.op} cannot be differentiated`);
    const { inputs, outputs, attributes } = node;
    const emitted = operation.gradient({ graph, inputs, outputs, attributes, outputGradients, wanted });
    for (const [i, value] of node.inputs.entries()) {
      const gradient = emitted[i];
      if (gradient === undefined || !wanted[i]) continue;
      const before = found.get(value);
      found.set(value, before === undefined ? gradient : graph.one('add', [before, gradient], {}));
    }
  }
  return new Map(parameters.flatMap((p) => (found.has(p) ? [[p, found.get(p)!]] : [])));
}
