/** The backend over ggml: buffers on one of its devices, graphs as its graphs. */
import { ProblemError } from '../../base/problem.ts';
import { narrowBfloat16, widenBfloat16 } from '../../base/float16.ts';
import { elementCount } from '../../graph/index.ts';
import type { DType, Graph, Sizes } from '../../graph/index.ts';
import type { Backend, Buffer, Executable, HostArray, Precision } from '../backend.ts';
import { buildProgram } from './buildProgram.ts';
import type { Allocation, BoundGraph, OpenDevice } from './device.ts';
import { Feeds, kept, keptFormats, matrix } from './program.ts';
import type { KeptType, Limits, Program } from './program.ts';
import { count } from './tensors.ts';

/** Where memory is the processor's cache, and where it is a card's. */
export const limits: Readonly<Record<'cpu' | 'gpu', Limits>> = {
  cpu: { logits: 2 ** 24, scores: 2 ** 26, keptScores: 2 ** 26 },
  gpu: { logits: 2 ** 28, scores: 2 ** 28, keptScores: 2 ** 29 },
};
/** Graphs kept for an executable: one for each set of buffers it is used with in turn. */
const keptGraphs = 4;

/**
 * Threads wait for each other after each operation, turning in place; on a machine that is busy with other things each such wait
 * may last for milliseconds. For short operations one thread is faster.
 */
const worthThreads = ({ tensors }: Program): boolean => tensors.microsecondsEach > 20;

/** The same numbers in an array of the value's own type. */
function typed(data: HostArray, dtype: KeptType): HostArray | Uint16Array {
  if (dtype === 'bfloat16') {
    const words = new Uint16Array(data.length);
    narrowBfloat16(data instanceof Float32Array ? data : Float32Array.from(data), words);
    return words;
  }
  if (dtype === 'int32') return data instanceof Int32Array ? data : Int32Array.from(data);
  return data instanceof Float32Array ? data : Float32Array.from(data);
}

export class GgmlBackend implements Backend {
  readonly name = 'ggml';
  readonly device: string;
  readonly precisions = ['float32', 'bfloat16'] as const;
  readonly storedTypes = keptFormats;
  readonly storedAreCopied = true;
  readonly freeSizes = false;
  readonly open: OpenDevice;
  readonly limits: Limits;
  readonly #buffers = new Set<GgmlBuffer>();
  readonly #executables = new Set<GgmlExecutable>();
  #last: Promise<unknown> = Promise.resolve();

  /** Takes the device over. */
  constructor(open: OpenDevice, describe: string, given?: Limits) {
    this.open = open;
    this.device = describe;
    this.limits = given ?? limits[open.info.kind];
  }

  allocate(shape: readonly number[], dtype: DType, data?: HostArray): Promise<Buffer> {
    const type = kept(dtype);
    if (data !== undefined && data.length !== elementCount(shape))
      throw new Error(`${data.length} elements for a buffer [${shape.join(', ')}]`);
    if (!shape.every((size) => Number.isSafeInteger(size) && size > 0) || elementCount(shape) >= 2 ** 31)
      throw new ProblemError({
        what: `ggml has no buffer [${shape.join(', ')}]: sizes are whole numbers from 1, elements below 2^31`,
      });
    return this.inTurn(() => {
      const buffer = new GgmlBuffer(this, shape, type, this.open.allocate(type, matrix(shape)));
      this.#buffers.add(buffer);
      if (data !== undefined) buffer.put(data);
      return buffer;
    });
  }

  compile(graph: Graph, sizes: Sizes, precision: Precision = 'float32'): Promise<Executable> {
    for (const { dtype } of graph.values) kept(dtype);
    const executable = new GgmlExecutable(this, buildProgram(graph, sizes, precision, this.limits));
    this.#executables.add(executable);
    return Promise.resolve(executable);
  }

  dispose(): void {
    for (const executable of [...this.#executables]) executable.dispose();
    for (const buffer of [...this.#buffers]) buffer.dispose();
    void this.inTurn(() => this.open.free());
  }

  /** Lets one piece of work after another at the device. */
  inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
  forget(one: GgmlBuffer | GgmlExecutable): void {
    if (one instanceof GgmlBuffer) this.#buffers.delete(one);
    else this.#executables.delete(one);
    if (one instanceof GgmlBuffer) for (const executable of this.#executables) executable.unbind(one);
  }
  adopt(buffer: GgmlBuffer): void {
    this.#buffers.add(buffer);
  }
}

class GgmlBuffer implements Buffer {
  readonly shape: readonly number[];
  readonly dtype: KeptType;
  readonly backend: GgmlBackend;
  #allocation: Allocation | undefined;

  constructor(backend: GgmlBackend, shape: readonly number[], dtype: KeptType, allocation: Allocation) {
    this.backend = backend;
    this.shape = [...shape];
    this.dtype = dtype;
    this.#allocation = allocation;
  }
  get allocation(): Allocation {
    if (this.#allocation === undefined) throw new Error('the buffer has been disposed of');
    return this.#allocation;
  }
  /** At once: for whoever has the turn. */
  put(data: HostArray): void {
    const { tensor, bytes } = this.allocation;
    this.backend.open.library.functions.ggml_backend_tensor_set(tensor, typed(data, this.dtype), 0, bytes);
  }
  read(into?: HostArray): Promise<HostArray> {
    return this.backend.inTurn(() => {
      const { tensor, bytes } = this.allocation;
      const count = elementCount(this.shape);
      const fits = into?.length === count && into instanceof (this.dtype === 'int32' ? Int32Array : Float32Array);
      const data = fits ? into : this.dtype === 'int32' ? new Int32Array(count) : new Float32Array(count);
      const f = this.backend.open.library.functions;
      if (this.dtype === 'bfloat16' && data instanceof Float32Array) {
        const words = new Uint16Array(count);
        f.ggml_backend_tensor_get(tensor, words, 0, bytes);
        widenBfloat16(words, data);
      } else f.ggml_backend_tensor_get(tensor, data, 0, bytes);
      return data;
    });
  }
  write(data: HostArray): Promise<void> {
    if (data.length !== elementCount(this.shape))
      throw new Error(`${data.length} elements for [${this.shape.join(', ')}]`);
    return this.backend.inTurn(() => this.put(data));
  }
  copy(): Promise<Buffer> {
    return this.backend.inTurn(() => {
      const { open } = this.backend;
      const allocation = open.allocate(this.dtype, matrix(this.shape));
      open.library.functions.ggml_backend_tensor_copy(this.allocation.tensor, allocation.tensor);
      const copy = new GgmlBuffer(this.backend, this.shape, this.dtype, allocation);
      this.backend.adopt(copy);
      return copy;
    });
  }
  dispose(): void {
    const allocation = this.#allocation;
    if (allocation === undefined) return;
    this.#allocation = undefined;
    this.backend.forget(this);
    // A run that is under way may still read it.
    void this.backend.inTurn(() => allocation.free());
  }
}

class GgmlExecutable implements Executable {
  readonly #backend: GgmlBackend;
  readonly #program: Program;
  /** The one used last stands last. */
  readonly #bound: { readonly buffers: readonly GgmlBuffer[]; readonly graph: BoundGraph }[] = [];
  #disposed = false;

  constructor(backend: GgmlBackend, program: Program) {
    this.#backend = backend;
    this.#program = program;
  }

  run(
    feeds: Readonly<Record<string, HostArray>>,
    buffers: Readonly<Record<string, Buffer>>,
  ): Promise<Record<string, HostArray>> {
    return this.#backend.inTurn(async () => {
      if (this.#disposed) throw new Error('the executable has been disposed of');
      this.#checkFeeds(feeds);
      const graph = this.#graphOver(this.#given(buffers));
      const f = this.#backend.open.library.functions;
      const given = new Feeds(feeds);
      for (const input of this.#program.inputs) {
        const { tensor } = input;
        const data = typed(input.fill(given), tensor.type === 'int32' ? 'int32' : 'float32');
        if (data.length !== count(tensor)) throw new Error(`${data.length} elements for an input of ${count(tensor)}`);
        f.ggml_backend_tensor_set(graph.at(tensor), data, 0, data.byteLength);
      }
      await this.#backend.open.compute(graph, worthThreads(this.#program));
      const answers: Record<string, HostArray> = {};
      for (const [name, tensor] of this.#program.outputs) {
        const data = new Float32Array(count(tensor));
        f.ggml_backend_tensor_get(graph.at(tensor), data, 0, data.byteLength);
        answers[name] = data;
      }
      return answers;
    });
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#backend.forget(this);
    this.#drop(() => true);
  }

  /** Lets go of graphs over a buffer that is no more. */
  unbind(buffer: GgmlBuffer): void {
    this.#drop(({ buffers }) => buffers.includes(buffer));
  }

  #drop(which: (bound: { readonly buffers: readonly GgmlBuffer[]; readonly graph: BoundGraph }) => boolean): void {
    for (const bound of this.#bound.filter(which)) {
      this.#bound.splice(this.#bound.indexOf(bound), 1);
      void this.#backend.inTurn(() => bound.graph.free());
    }
  }

  #graphOver(buffers: readonly GgmlBuffer[]): BoundGraph {
    this.#drop(({ graph }) => !graph.placed);
    const at = this.#bound.findIndex((bound) => bound.buffers.every((buffer, i) => buffer === buffers[i]));
    const bound =
      at >= 0
        ? this.#bound.splice(at, 1)[0]!
        : {
            buffers,
            graph: this.#backend.open.bind(
              this.#program,
              buffers.map(({ allocation }) => allocation.tensor),
            ),
          };
    this.#bound.push(bound);
    if (this.#bound.length > keptGraphs) this.#drop((one) => one === this.#bound[0]);
    return bound.graph;
  }

  /** Every size and every index: ggml goes where they point. */
  #checkFeeds(feeds: Readonly<Record<string, HostArray>>): void {
    for (const [name, wanted] of this.#program.feedCounts)
      if (feeds[name]?.length !== wanted)
        throw new Error(`feed ${name} has ${feeds[name]?.length ?? 'no'} elements, the plan has ${wanted}`);
    for (const { feed, what, least, limit } of this.#program.checks) {
      const data = feeds[feed]!;
      for (let i = 0; i < data.length; i++)
        if (!(data[i]! >= least && data[i]! < limit))
          throw new Error(`${feed}[${i}] is ${data[i]}: ${what} must be from ${least} and below ${limit}`);
    }
  }

  #given(buffers: Readonly<Record<string, Buffer>>): GgmlBuffer[] {
    return this.#program.buffers.map(({ name, shape, dtype }) => {
      const buffer = buffers[name];
      if (!(buffer instanceof GgmlBuffer) || buffer.backend !== this.#backend)
        throw new Error(`no buffer ${name} of this backend`);
      if (buffer.shape.join() !== shape.join() || buffer.dtype !== dtype)
        throw new Error(`buffer ${name} is [${buffer.shape.join(', ')}], the plan has [${shape.join(', ')}]`);
      return buffer;
    });
  }
}
