/**
 * The backend that all others are held against: interprets the graph with plain loops in double precision; what stays between
 * runs is float32. Slow on purpose; for tests and self-checks.
 */
import { bad, ok } from '../../base/problem.ts';
import { elementCount, isStoredType, planGraph, storedTypes } from '../../graph/index.ts';
import type { DType, Graph, OperationName, Plan, Sizes, Value } from '../../graph/index.ts';
import type { Backend, BackendProvider, Buffer, Executable, HostArray, Precision } from '../backend.ts';
import { pausesFor } from '../letIn.ts';
import { throughFormat } from '../formats.ts';
import { liveBytes } from '../memory.ts';
import { kernels } from './kernels.ts';
import { toBfloat16 } from './tensor.ts';
import type { Kernel, Tensor } from './tensor.ts';

/** A stored format's numbers are kept widened: how much memory they take is not what this backend is for. */
const toDevice = (data: HostArray, dtype: DType, shape: readonly number[]): Tensor['data'] =>
  dtype === 'int32'
    ? Int32Array.from(data)
    : Float64Array.from(isStoredType(dtype) ? throughFormat(dtype, Float32Array.from(data), shape.at(-1)!) : data);

const toHost = (data: Tensor['data']): HostArray =>
  data instanceof Int32Array ? data.slice() : Float32Array.from(data);

class ReferenceBuffer implements Buffer {
  readonly shape: readonly number[];
  readonly dtype: DType;
  #data: Tensor['data'] | undefined;

  constructor(shape: readonly number[], dtype: DType, data: Tensor['data']) {
    if (data.length !== elementCount(shape))
      throw new Error(`${data.length} elements for a buffer [${shape.join(', ')}]`);
    this.shape = shape;
    this.dtype = dtype;
    this.#data = data;
  }
  get data(): Tensor['data'] {
    if (this.#data === undefined) throw new Error('the buffer has been disposed of');
    return this.#data;
  }
  /** What stays between runs is float32, as it is read and written: a run resumed from files goes on exactly. */
  round(): void {
    const { data } = this;
    if (data instanceof Float64Array) for (let i = 0; i < data.length; i++) data[i] = Math.fround(data[i]!);
  }
  read(): Promise<HostArray> {
    return Promise.resolve(toHost(this.data));
  }
  write(data: HostArray): Promise<void> {
    if (data.length !== this.data.length) throw new Error(`${data.length} elements for ${this.data.length}`);
    this.data.set(toDevice(data, this.dtype, this.shape));
    return Promise.resolve();
  }
  copy(): Promise<Buffer> {
    return Promise.resolve(new ReferenceBuffer(this.shape, this.dtype, this.data.slice()));
  }
  dispose(): void {
    this.#data = undefined;
  }
}

function same(name: string, shape: readonly number[], length: number, wanted: readonly number[]): void {
  if (length !== elementCount(wanted) || shape.join() !== wanted.join())
    throw new Error(`${name} is [${shape.join(', ')}] of ${length} elements, the plan has [${wanted.join(', ')}]`);
}

/** Operations that are products: their first two inputs are what is multiplied. */
const products: ReadonlySet<OperationName> = new Set([
  'matmul',
  'headCrossEntropy',
  'headLogProbabilities',
  'headLogits',
]);

const rounded = ({ shape, data }: Tensor): Tensor => ({ shape, data: data.map(toBfloat16) });

class ReferenceExecutable implements Executable {
  readonly #graph: Graph;
  readonly #plan: Plan;
  readonly #precision: Precision;

  constructor(graph: Graph, plan: Plan, precision: Precision) {
    this.#graph = graph;
    this.#plan = plan;
    this.#precision = precision;
  }

  async run(
    feeds: Readonly<Record<string, HostArray>>,
    buffers: Readonly<Record<string, Buffer>>,
    signal?: AbortSignal,
  ): Promise<Record<string, HostArray>> {
    const pause = pausesFor(signal);
    const tensors = new Map<Value, Tensor>();
    for (const [name, value] of this.#graph.feeds) {
      const data = feeds[name];
      const shape = this.#plan.shape(value);
      if (data === undefined) throw new Error(`no feed ${name}`);
      same(name, shape, data.length, shape);
      tensors.set(value, { shape, data: toDevice(data, value.dtype, shape) });
    }
    for (const [name, value] of this.#graph.persistents) {
      const buffer = buffers[name];
      if (!(buffer instanceof ReferenceBuffer)) throw new Error(`no buffer ${name}`);
      if (buffer.dtype !== value.dtype)
        throw new Error(`buffer ${name} is of ${buffer.dtype}, the plan has ${value.dtype}`);
      same(name, buffer.shape, buffer.data.length, this.#plan.shape(value));
      tensors.set(value, { shape: buffer.shape, data: buffer.data });
    }
    for (const { node, release } of this.#plan.steps) {
      await pause();
      // op and attributes belong together by construction of the graph; the table's type cannot follow the union.
      const kernel = kernels[node.op] as unknown as Kernel<unknown>;
      const rounds = this.#precision === 'bfloat16' && products.has(node.op);
      const inputs = node.inputs.map((value, i) =>
        rounds && i < 2 ? rounded(tensors.get(value)!) : tensors.get(value)!,
      );
      const shapes = node.outputs.map((value) => this.#plan.shape(value));
      const results = kernel(inputs, node.attributes, shapes, rounds ? toBfloat16 : undefined);
      for (const [i, value] of node.outputs.entries()) tensors.set(value, { shape: shapes[i]!, data: results[i]! });
      for (const value of release) tensors.delete(value);
    }
    for (const name of this.#graph.persistents.keys()) (buffers[name] as ReferenceBuffer).round();
    const answers: Record<string, HostArray> = {};
    for (const [name, value] of this.#graph.outputs) answers[name] = toHost(tensors.get(value)!.data);
    return answers;
  }

  dispose(): void {
    // Holds nothing but plain data.
  }
}

class ReferenceBackend implements Backend {
  readonly name = 'reference';
  readonly device = 'CPU, plain TypeScript in double precision';
  readonly precisions = ['float32', 'bfloat16'] as const;
  readonly storedTypes = storedTypes;
  readonly freeSizes = true;

  allocate(shape: readonly number[], dtype: DType, data?: HostArray): Promise<Buffer> {
    return Promise.resolve(
      new ReferenceBuffer(shape, dtype, toDevice(data ?? new Float32Array(elementCount(shape)), dtype, shape)),
    );
  }

  compile(graph: Graph, sizes: Sizes, precision: Precision = 'float32'): Promise<Executable> {
    return Promise.resolve(new ReferenceExecutable(graph, planGraph(graph, sizes), precision));
  }

  dispose(): void {
    // Holds nothing but plain data.
  }
}

export const referenceBackend: BackendProvider = {
  name: 'reference',
  open: ({ device }) =>
    Promise.resolve(
      device === undefined || device.toLowerCase() === 'cpu'
        ? ok(new ReferenceBackend())
        : bad(`the backend reference has no device '${device}', only cpu`, { name: 'device' }, 'Leave the device out.'),
    ),
  // Numbers in double precision, whose memory comes back when JavaScript gets round to it.
  memory: () =>
    Promise.resolve({
      base: 0,
      roundsLengths: false,
      storedTypes,
      buffer: (shape, dtype) => elementCount(shape) * bytesInside(dtype),
      run: (graph, sizes) => liveBytes(graph, sizes, ({ dtype }) => bytesInside(dtype)),
    }),
};

const bytesInside = (dtype: DType): number => (dtype === 'int32' ? 4 : 8);
