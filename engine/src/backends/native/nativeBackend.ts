/** The backend over the addon: buffers in its memory, graphs as its programs. Runs take their turns on threads of its own. */
import { ProblemError } from '../../base/problem.ts';
import { byteCount, elementCount, isStoredType, sameShape, storedTypes } from '../../graph/index.ts';
import type { DType, Graph, Sizes, StoredType } from '../../graph/index.ts';
import type { Backend, Buffer, Executable, HostArray, Precision } from '../backend.ts';
import type { Addon, BindingHandle, BufferHandle, DeviceHandle, KernelSet, ProgramHandle } from './addon.ts';
import { decode, encode } from '../formats.ts';
import { buildProgram } from './buildProgram.ts';
import type { Program } from './program.ts';

export interface NativeOptions {
  readonly kernels: KernelSet;
  /** As they are: more than there are cores cost time. */
  readonly threads: number;
  /** Take the time of each operation. */
  readonly profile: boolean;
}

const names: Readonly<Record<string, string>> = {
  amx: 'AVX-512 and AMX',
  avx512bf16: 'AVX-512 with bfloat16',
  avx512: 'AVX-512',
  avx2: 'AVX2',
  neon: 'NEON',
  baseline: 'baseline',
};

const hostArray = (dtype: DType, length: number): HostArray =>
  dtype === 'int32' ? new Int32Array(length) : new Float32Array(length);

/** The same numbers in an array of the value's own type. */
function typed(data: HostArray, dtype: DType): HostArray {
  if (dtype === 'int32') return data instanceof Int32Array ? data : Int32Array.from(data);
  return data instanceof Float32Array ? data : Float32Array.from(data);
}

const pieceBytes = 2 ** 20;

export class NativeBackend implements Backend {
  readonly name = 'native';
  readonly device: string;
  readonly precisions = ['float32', 'bfloat16'] as const;
  readonly storedTypes = storedTypes;
  readonly freeSizes = true;
  readonly seesWhereSeen = true;
  readonly #addon: Addon;
  readonly #device: DeviceHandle;
  readonly #kernels: KernelSet;
  readonly #buffers = new Set<NativeBuffer>();
  readonly #executables = new Set<NativeExecutable>();
  #last: Promise<unknown> = Promise.resolve();
  #piece = new Uint8Array();

  constructor(addon: Addon, { kernels, threads, profile }: NativeOptions) {
    this.#addon = addon;
    this.#kernels = kernels;
    this.#device = addon.openDevice(kernels.isa, threads, profile);
    this.device = `CPU, ${names[kernels.isa] ?? kernels.isa}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  }

  allocate(shape: readonly number[], dtype: DType, data?: HostArray): Promise<Buffer> {
    const count = elementCount(shape);
    if (data !== undefined && data.length !== count)
      throw new Error(`${data.length} elements for a buffer [${shape.join(', ')}]`);
    const buffer = new NativeBuffer(this, shape, dtype, this.allocateBytes(byteCount(shape, dtype)));
    if (data !== undefined) buffer.fill(data);
    return Promise.resolve(buffer);
  }

  compile(graph: Graph, sizes: Sizes, precision: Precision = 'float32'): Promise<Executable> {
    const program = buildProgram(graph, sizes, this.#kernels.operations);
    const handle = this.#addon.makeProgram(
      this.#device,
      program.slots,
      program.code,
      program.arenaBytes,
      precision === 'bfloat16',
    );
    const executable = new NativeExecutable(this, program, handle, this.#addon.programBytes(handle));
    this.#executables.add(executable);
    return Promise.resolve(executable);
  }

  /** Milliseconds and calls by operation since the last call. */
  profile(): Record<string, readonly [milliseconds: number, calls: number]> {
    return this.#addon.profile(this.#device);
  }

  dispose(): void {
    for (const executable of [...this.#executables]) executable.dispose();
    for (const buffer of [...this.#buffers]) buffer.dispose();
    this.#addon.releaseDevice(this.#device);
  }

  // What buffers and executables work with.

  get addon(): Addon {
    return this.#addon;
  }
  get buffers(): Set<NativeBuffer> {
    return this.#buffers;
  }
  /** Lets one piece of work after another at the device. */
  inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
  /** Runs something, or what is left of it until the signal comes. */
  async runUntil(signal: AbortSignal | undefined, run: () => Promise<void>): Promise<void> {
    if (signal === undefined) return run();
    signal.throwIfAborted();
    const stop = () => this.#addon.stop(this.#device);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await run();
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
  /** Room for encoded rows, the same each time: it would be garbage for long. */
  piece(bytes: number): Uint8Array {
    if (this.#piece.length < bytes) this.#piece = new Uint8Array(bytes);
    return this.#piece.subarray(0, bytes);
  }
  allocateBytes(bytes: number): BufferHandle {
    try {
      return this.#addon.allocate(bytes);
    } catch (error) {
      throw asMemoryProblem(error);
    }
  }
  release(executable: NativeExecutable): void {
    this.#executables.delete(executable);
    const most = Math.max(0, ...[...this.#executables].map(({ bytes }) => bytes));
    this.#addon.keepMemory(this.#device, most);
  }
}

class NativeBuffer implements Buffer {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly backend: NativeBackend;
  #handle: BufferHandle | undefined;

  /** Takes the handle over. */
  constructor(backend: NativeBackend, shape: readonly number[], dtype: DType, handle: BufferHandle) {
    this.backend = backend;
    this.shape = [...shape];
    this.dtype = dtype;
    this.#handle = handle;
    backend.buffers.add(this);
  }
  get handle(): BufferHandle {
    if (this.#handle === undefined) throw new Error('the buffer has been disposed of');
    return this.#handle;
  }
  read(into?: HostArray): Promise<HostArray> {
    return this.backend.inTurn(() => {
      const data = into ?? hostArray(this.dtype, elementCount(this.shape));
      const { addon } = this.backend;
      if (data.length === 0) return data;
      if (!isStoredType(this.dtype)) addon.read(this.handle, data);
      else
        for (const { rows, bytes, at } of this.#pieces(this.dtype, data)) {
          if (this.dtype === 'bfloat16') addon.readRows(this.handle, at, bytes, this.shape.at(-1)!);
          else addon.readPart(this.handle, at, bytes);
          decode(this.dtype, bytes, this.shape.at(-1)!, rows);
        }
      return data;
    });
  }
  write(data: HostArray): Promise<void> {
    if (data.length !== elementCount(this.shape))
      throw new Error(`${data.length} elements for [${this.shape.join(', ')}]`);
    return this.backend.inTurn(() => this.fill(data));
  }
  /** Its contents, at once. */
  fill(data: HostArray): void {
    const { addon } = this.backend;
    if (data.length === 0) return;
    if (!isStoredType(this.dtype)) {
      addon.write(this.handle, typed(data, this.dtype));
      return;
    }
    for (const { rows, bytes, at } of this.#pieces(this.dtype, data)) {
      encode(this.dtype, rows, this.shape.at(-1)!, bytes);
      if (this.dtype === 'bfloat16') addon.writeRows(this.handle, at, bytes, this.shape.at(-1)!);
      else addon.writePart(this.handle, at, bytes);
    }
  }
  /** A megabyte of rows at a time, whole eights of them, with room for their encoding: a tensor is never there twice. */
  *#pieces(dtype: StoredType, data: HostArray): Iterable<{ rows: Float32Array; bytes: Uint8Array; at: number }> {
    if (!(data instanceof Float32Array)) throw new Error(`${dtype} is written from and read as floats`);
    const columns = this.shape.at(-1)!;
    const row = byteCount([columns], dtype);
    const count = data.length / columns;
    const some = Math.min(count, Math.max(8, 8 * Math.floor(pieceBytes / row / 8)));
    const bytes = this.backend.piece(some * row);
    for (let first = 0; first < count; first += some) {
      const last = Math.min(count, first + some);
      const rows = data.subarray(first * columns, last * columns);
      yield { rows, bytes: bytes.subarray(0, (last - first) * row), at: first * row };
    }
  }
  copy(): Promise<Buffer> {
    return this.backend.inTurn(() => {
      try {
        return new NativeBuffer(this.backend, this.shape, this.dtype, this.backend.addon.copy(this.handle));
      } catch (error) {
        throw asMemoryProblem(error);
      }
    });
  }
  dispose(): void {
    if (this.#handle === undefined) return;
    this.backend.addon.releaseBuffer(this.#handle);
    this.#handle = undefined;
    this.backend.buffers.delete(this);
  }
}

class NativeExecutable implements Executable {
  /** Memory that a run needs beside the buffers: values, and the kernels' scratch. Executables of a backend use the same. */
  readonly bytes: number;
  readonly #backend: NativeBackend;
  readonly #program: Program;
  #handle: ProgramHandle | undefined;
  /** What was bound last, where nobody can change it any more. */
  #last: { readonly buffers: object; readonly binding: BindingHandle } | undefined;

  constructor(backend: NativeBackend, program: Program, handle: ProgramHandle, bytes: number) {
    this.#backend = backend;
    this.#program = program;
    this.#handle = handle;
    this.bytes = bytes;
  }

  async run(
    feeds: Readonly<Record<string, HostArray>>,
    buffers: Readonly<Record<string, Buffer>>,
    signal?: AbortSignal,
    into: Readonly<Record<string, HostArray>> = {},
  ): Promise<Record<string, HostArray>> {
    const given = this.#feeds(feeds);
    const answers: Record<string, HostArray> = {};
    const outputs: (number | HostArray)[] = [];
    for (const [name, slot] of this.#program.outputs) {
      const length = this.#program.slots[3 * slot + 2]! / 4;
      const own = into[name];
      answers[name] = own instanceof Float32Array && own.length === length ? own : new Float32Array(length);
      outputs.push(slot, answers[name]);
    }
    try {
      await this.#backend.inTurn(() => {
        const program = this.#handle;
        if (program === undefined) throw new Error('the executable has been disposed of');
        const bound = this.#bound(program, buffers);
        return this.#backend.runUntil(signal, () => this.#backend.addon.run(program, given, bound, outputs));
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw asMemoryProblem(error);
    }
    return answers;
  }

  dispose(): void {
    if (this.#handle === undefined) return;
    this.#backend.addon.releaseProgram(this.#handle);
    this.#handle = undefined;
    this.#last = undefined;
    this.#backend.release(this);
  }

  /** Slots and arrays, with every size and every index checked. */
  #feeds(feeds: Readonly<Record<string, HostArray>>): (number | HostArray)[] {
    const given: (number | HostArray)[] = [];
    for (const [name, slot] of this.#program.feeds) {
      const { dtype, count } = this.#program.feedTypes.get(name)!;
      const data = feeds[name];
      if (data?.length !== count)
        throw new Error(`feed ${name} has ${data?.length ?? 'no'} elements, the plan has ${count}`);
      given.push(slot, typed(data, dtype));
    }
    for (const { feed, what, least, limit } of this.#program.checks) {
      const data = feeds[feed]!;
      for (let i = 0; i < data.length; i++)
        if (!(data[i]! >= least && data[i]! < limit))
          throw new Error(`${feed}[${i}] is ${data[i]}: ${what} must be from ${least} and below ${limit}`);
    }
    return given;
  }

  /** The buffers, checked and bound; once where the object is frozen. Those that are disposed of since then, the addon refuses. */
  #bound(program: ProgramHandle, buffers: Readonly<Record<string, Buffer>>): BindingHandle {
    if (this.#last?.buffers === buffers) return this.#last.binding;
    const binding = this.#backend.addon.bind(program, this.#lookUp(buffers));
    this.#last = Object.isFrozen(buffers) ? { buffers, binding } : undefined;
    return binding;
  }

  #lookUp(buffers: Readonly<Record<string, Buffer>>): BufferHandle[] {
    return this.#program.buffers.map(({ name, shape, dtype }) => {
      const buffer = buffers[name];
      if (!(buffer instanceof NativeBuffer) || buffer.backend !== this.#backend)
        throw new Error(`no buffer ${name} of this backend`);
      if (buffer.dtype !== dtype || !sameShape(buffer.shape, shape))
        throw new Error(
          `buffer ${name} is [${buffer.shape.join(', ')}] ${buffer.dtype}, the plan has [${shape.join(', ')}] ${dtype}`,
        );
      return buffer.handle;
    });
  }
}

/** Memory that is not there is no bug. */
function asMemoryProblem(error: unknown): unknown {
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== 'ERR_MEMORY') return error;
  return new ProblemError({
    what: 'there is not enough memory',
    remedy: 'Take a smaller batch, a shorter sequence or a smaller model.',
  });
}
