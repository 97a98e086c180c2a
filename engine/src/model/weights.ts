/** From named tensors to buffers on a backend and back, with every name and shape checked first. */
import { bad, ok } from '../base/problem.ts';
import type { Result } from '../base/problem.ts';
import type { Backend, Buffer } from '../backends/backend.ts';
import { elementCount } from '../graph/index.ts';
import type { ParameterShape } from './files/parameters.ts';
import type { NamedTensor } from './sessions.ts';

export type Buffers = Record<string, Buffer>;

/** The tensors of these parameters, in their order. Tensors beyond them are left alone. */
export function matchTensors(
  parameters: readonly ParameterShape[],
  tensors: readonly NamedTensor[],
): Result<readonly NamedTensor[]> {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const found: NamedTensor[] = [];
  for (const { name, shape } of parameters) {
    const tensor = byName.get(name);
    if (tensor === undefined) return bad('the tensor is missing', { name }, 'Use the files of a whole model.');
    if (tensor.shape.join() !== shape.join() || tensor.data.length !== elementCount(shape))
      return bad(
        `the tensor is [${tensor.shape.join(', ')}], the configuration asks for [${shape.join(', ')}]`,
        { name },
        'Use a config.json that belongs to the weights.',
      );
    found.push(tensor);
  }
  return ok(found);
}

export async function allocateTensors(backend: Backend, tensors: readonly NamedTensor[]): Promise<Buffers> {
  const buffers: Buffers = {};
  for (const { name, shape, data } of tensors) buffers[name] = await backend.allocate(shape, 'float32', data);
  return buffers;
}

/** Contents of the named buffers. */
export async function readTensors(buffers: Buffers, names: readonly string[]): Promise<NamedTensor[]> {
  const tensors: NamedTensor[] = [];
  for (const name of names) {
    const buffer = buffers[name]!;
    const data = await buffer.read();
    if (!(data instanceof Float32Array)) throw new Error(`${name} is not of floats`);
    tensors.push({ name, shape: buffer.shape, data });
  }
  return tensors;
}

export function disposeBuffers(buffers: Buffers): void {
  for (const buffer of Object.values(buffers)) buffer.dispose();
}
