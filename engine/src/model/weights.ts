/** From named tensors to buffers on a backend and back, with every name and shape checked first. */
import { bad, ok } from '../base/problem.ts';
import type { Result } from '../base/problem.ts';
import type { Backend, Buffer } from '../backends/backend.ts';
import { elementCount } from '../graph/index.ts';
import type { ParameterShape } from './files/parameters.ts';
import type { NamedTensor, TensorToLoad } from './sessions.ts';

export type Buffers = Record<string, Buffer>;

/** The tensors of these parameters, in their order. Tensors beyond them are left alone. */
export function matchTensors<T extends NamedTensor | TensorToLoad>(
  parameters: readonly ParameterShape[],
  tensors: readonly T[],
): Result<readonly T[]> {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const found: T[] = [];
  for (const { name, shape } of parameters) {
    const tensor = byName.get(name);
    if (tensor === undefined) return bad('the tensor is missing', { name }, 'Use the files of a whole model.');
    const wrongData = 'data' in tensor && tensor.data.length !== elementCount(shape);
    if (tensor.shape.join() !== shape.join() || wrongData)
      return bad(
        `the tensor is [${tensor.shape.join(', ')}], the configuration asks for [${shape.join(', ')}]`,
        { name },
        'Use a config.json that belongs to the weights.',
      );
    found.push(tensor);
  }
  return ok(found);
}

/** Buffers with the tensors' contents; those to be loaded are read one at a time. */
export async function allocateTensors(
  backend: Backend,
  tensors: readonly (NamedTensor | TensorToLoad)[],
): Promise<Buffers> {
  const buffers: Buffers = {};
  try {
    for (const tensor of tensors) {
      const data = 'data' in tensor ? tensor.data : await tensor.load();
      buffers[tensor.name] = await backend.allocate(tensor.shape, 'float32', data);
    }
    return buffers;
  } catch (error) {
    disposeBuffers(buffers);
    throw error;
  }
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
