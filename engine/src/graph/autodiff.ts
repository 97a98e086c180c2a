/** Reverse-mode differentiation: walks the graph backwards and lets each operation's rule emit nodes of the same graph. */
import type { Graph, Segment } from './graph.ts';
import { GraphError } from './operation.ts';
import type { Operation } from './operation.ts';
import { operations } from './operations.ts';
import type { AttributesOf, Node } from './operations.ts';
import type { Value } from './value.ts';

/**
 * Adds nodes for the gradients of `loss` ([1]) with respect to `parameters`, and answers with them by parameter. A parameter
 * that the loss does not depend on is missing. Nothing is emitted for values that lead to no parameter. What the graph holds as
 * recomputed is emitted again, each segment just before the first gradient that goes through it: the very same operations on the
 * very same operands (dropout by its seed included), so the gradients are the same to the last bit.
 */
export function gradients(graph: Graph, loss: Value, parameters: readonly Value[]): Map<Value, Value> {
  const nodes = [...graph.nodes];
  const leads = new Set<Value>(parameters);
  for (const node of nodes) {
    if (node.inputs.some((value) => leads.has(value))) for (const value of node.outputs) leads.add(value);
  }
  const segmentOf = new Map<Node, Segment>();
  for (const segment of graph.segments)
    for (const node of nodes.slice(segment.from, segment.to)) segmentOf.set(node, segment);
  let again = new Map<Value, Value>();
  let current: Segment | undefined;

  const found = new Map<Value, Value>([[loss, graph.unitSeed()]]);
  for (const node of [...nodes].reverse()) {
    const outputGradients = node.outputs.map((value) => found.get(value));
    if (outputGradients.every((value) => value === undefined)) continue;
    const wanted = node.inputs.map((value) => leads.has(value));
    if (!wanted.includes(true)) continue;
    // The union of operations cannot be called with the union of attributes; op and attributes belong together by construction.
    const operation = operations[node.op] as unknown as Operation<unknown>;
    if (operation.gradient === undefined) throw new GraphError(`${node.op} cannot be differentiated`);
    const segment = segmentOf.get(node);
    if (segment !== current) {
      current = segment;
      again = segment === undefined ? new Map<Value, Value>() : emitAgain(graph, nodes.slice(segment.from, segment.to));
    }
    const computed = (value: Value): Value => again.get(value) ?? value;
    const inputs = node.inputs.map(computed);
    const outputs = node.outputs.map(computed);
    const emitted = operation.gradient({
      graph,
      inputs,
      outputs,
      attributes: node.attributes,
      outputGradients,
      wanted,
    });
    for (const [i, value] of node.inputs.entries()) {
      const gradient = emitted[i];
      if (gradient === undefined || !wanted[i]) continue;
      const before = found.get(value);
      found.set(value, before === undefined ? gradient : graph.one('add', [before, gradient], {}));
    }
  }
  return new Map(parameters.flatMap((p) => (found.has(p) ? [[p, found.get(p)!]] : [])));
}

/** Emits nodes a second time, on their own second values; answers with these by the first. A plan drops what no gradient reads. */
function emitAgain(graph: Graph, nodes: readonly Node[]): Map<Value, Value> {
  const again = new Map<Value, Value>();
  for (const { op, inputs, outputs, attributes } of nodes) {
    const operands = inputs.map((value) => again.get(value) ?? value);
    // As above: the attributes are those of this very operation.
    const values = graph.add(op, operands, attributes as AttributesOf<typeof op>);
    for (const [i, value] of outputs.entries()) again.set(value, values[i]!);
  }
  return again;
}
