/** Holds a backend against the reference, operation by operation, on small inputs: a fraction of a second at load. */
import { bad, ok, unwrap } from '../base/problem.ts';
import type { Result } from '../base/problem.ts';
import { isStoredType, operations } from '../graph/index.ts';
import type { Operation } from '../graph/index.ts';
import type { Backend, HostArray, Precision } from './backend.ts';
import { caseGraph, operationCases, storedTypesOf } from './operationCases.ts';
import type { OperationCase } from './operationCases.ts';
import { referenceBackend } from './reference/referenceBackend.ts';

/** Largest difference, relative to the largest element of what is expected (or to 1e-3, where all are smaller). */
const tolerance: Readonly<Record<Precision, number>> = {
  float32: 1e-4,
  // Where what is rounded has been computed, a last bit of float32 may decide which way.
  bfloat16: 1e-2,
};

/** What a backend makes of a case: its outputs, and the buffers it changes. Attention's gradient follows from its outputs. */
export async function runCase(
  backend: Backend,
  one: OperationCase,
  precision: Precision = 'float32',
): Promise<Record<string, HostArray>> {
  const mutates = (operations[one.op] as Operation<never>).mutates ?? [];
  const { graph, inputs, outputs } = caseGraph(one, mutates);
  for (const value of outputs) graph.output(value.name, value);
  if (one.op === 'attention') {
    const [q, k, v, segments] = inputs;
    // Any gradient of y serves; q has its shape.
    const all = [q!, k!, v!, segments!, outputs[0]!, outputs[1]!, q!];
    const attributes = graph.nodes.find((node) => node.op === 'attention')!.attributes;
    for (const value of graph.add('attentionGrad', all, attributes)) graph.output(value.name, value);
  }
  const feeds: Record<string, HostArray> = {};
  const buffers: Record<string, Awaited<ReturnType<Backend['allocate']>>> = {};
  for (const [i, { shape, dtype, data }] of one.inputs.entries()) {
    if (mutates.includes(i) || isStoredType(dtype)) buffers[`${i}`] = await backend.allocate(shape, dtype, data);
    else feeds[`${i}`] = data;
  }
  const executable = await backend.compile(graph, {}, precision);
  try {
    const answers = await executable.run(feeds, buffers);
    for (const [name, buffer] of Object.entries(buffers)) answers[`input ${name} afterwards`] = await buffer.read();
    return answers;
  } finally {
    executable.dispose();
    for (const buffer of Object.values(buffers)) buffer.dispose();
  }
}

/** A Problem names the first operation that differs. */
export async function selfCheck(backend: Backend): Promise<Result<null>> {
  const reference = unwrap(await referenceBackend.open({}));
  const cases = operationCases();
  for (const precision of backend.precisions)
    for (const one of cases) {
      if (!storedTypesOf(one).every((type) => backend.storedTypes?.includes(type))) continue;
      const expected = await runCase(reference, one, precision);
      const actual = await runCase(backend, one, precision);
      for (const [name, values] of Object.entries(expected)) {
        const difference = relativeDifference(actual[name], values);
        if (difference <= tolerance[precision]) continue;
        return bad(
          `its ${one.op} (${one.title}) in ${precision} differs from the reference in ${name} by ${difference.toExponential(1)} of the largest value`,
          { name: `backend ${backend.name}` },
          'Take another backend, and report this with the diagnostics.',
        );
      }
    }
  return ok(null);
}

/** NaN, a wrong number of elements and an answer that is missing count as infinitely far. */
export function relativeDifference(actual: HostArray | undefined, expected: HostArray): number {
  if (actual?.length !== expected.length) return Infinity;
  let largest = 1e-3;
  let worst = 0;
  for (const [i, value] of expected.entries()) {
    largest = Math.max(largest, Math.abs(value));
    const difference = Math.abs(actual[i]! - value);
    worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
  }
  return worst / largest;
}
