/** From named tensors to buffers on a backend and back, with every name and shape checked first. */
import { bad, ok } from '../base/problem.ts';
import type { Result } from '../base/problem.ts';
import type { Backend, Buffer } from '../backends/backend.ts';
import { elementCount } from '../graph/index.ts';
import type { StoredType } from '../graph/index.ts';
import type { ParameterShape } from './files/parameters.ts';
import type { NamedTensor, Room, TensorToLoad } from './sessions.ts';

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

/** One array for all tensors on their way, as long as the longest: of `longest` elements, or grown as they come. */
export function newRoom(longest = 0): Room {
  let array: Float32Array | undefined;
  return (elements) => {
    if (array === undefined || array.length < elements) array = new Float32Array(Math.max(elements, longest));
    return array.subarray(0, elements);
  };
}

/** Elements of the largest. */
export const longestOf = (tensors: readonly { readonly shape: readonly number[] }[]): number =>
  tensors.reduce((most, { shape }) => Math.max(most, elementCount(shape)), 0);

/** A tensor's contents: there already, or loaded into the room. */
export const contentsOf = async (tensor: NamedTensor | TensorToLoad, room?: Room): Promise<Float32Array> =>
  'data' in tensor ? tensor.data : await tensor.load(room);

/** Buffers with the tensors' contents; those to be loaded are read one at a time. `onData` sees each while it is there. `stored`: formats other than float32. */
export async function allocateTensors(
  backend: Backend,
  tensors: readonly (NamedTensor | TensorToLoad)[],
  room: Room = newRoom(),
  onData?: (name: string, data: Float32Array) => Promise<void>,
  stored: ReadonlyMap<string, StoredType> = new Map(),
): Promise<Buffers> {
  const buffers: Buffers = {};
  try {
    for (const tensor of tensors) {
      const data = await contentsOf(tensor, room);
      buffers[tensor.name] = await backend.allocate(tensor.shape, stored.get(tensor.name) ?? 'float32', data);
      await onData?.(tensor.name, data);
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
  for (const name of names) tensors.push({ name, shape: buffers[name]!.shape, data: await readBuffer(buffers, name) });
  return tensors;
}

/** Contents of a named buffer, in the room where one is given and the backend can read into it. */
export async function readBuffer(buffers: Buffers, name: string, room?: Room): Promise<Float32Array> {
  const buffer = buffers[name]!;
  const data = await buffer.read(room?.(elementCount(buffer.shape)));
  if (!(data instanceof Float32Array)) throw new Error(`${name} is not of floats`);
  return data;
}

export function disposeBuffers(buffers: Buffers): void {
  for (const buffer of Object.values(buffers)) buffer.dispose();
}
