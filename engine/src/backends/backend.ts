/**
 * What a backend is: something that holds buffers on a device and runs graphs over them. It knows the operations of
 * `graph/ops/` and nothing of Llama, LoRA or training.
 */
import type { Result } from '../base/problem.ts';
import type { DType, Graph, Sizes, StoredType } from '../graph/index.ts';

export type Precision = 'float32' | 'bfloat16';

/** Row-major. The contents of buffers in a stored format travel as Float32Array, and are encoded as `formats.ts` says. */
export type HostArray = Float32Array | Int32Array;

/** A persistent tensor on the device. Using one after dispose is a bug and throws. */
export interface Buffer {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** A copy of its contents: in `into`, an array of its own type and size, where one is given and the backend can; else in a new one. */
  read(into?: HostArray): Promise<HostArray>;
  /** Replaces its contents; data has exactly its number of elements. */
  write(data: HostArray): Promise<void>;
  /** A second buffer with the same contents: forks a cache. */
  copy(): Promise<Buffer>;
  dispose(): void;
}

/** A graph made ready for concrete sizes. */
export interface Executable {
  /**
   * Runs every node once. `feeds` has each feed of the graph and `buffers` each persistent value, by name and with the shape of
   * the plan; a missing or misshapen one is a bug and throws, one
   * that the graph does not have is ignored. Buffers are bound anew with each run, so one executable serves
   * several caches. Answers with the graph's outputs by name. Runs of one backend do not overlap: the caller awaits. `signal`: the
   * run ends with its reason after the operation under way, where the backend can; what it would have changed is then anything.
   * `into`: arrays to write outputs into, by name, where the backend can and they are of the outputs' sizes; the answers are then these.
   */
  run(
    feeds: Readonly<Record<string, HostArray>>,
    buffers: Readonly<Record<string, Buffer>>,
    signal?: AbortSignal,
    into?: Readonly<Record<string, HostArray>>,
  ): Promise<Record<string, HostArray>>;
  /** Bytes of memory that a run needs beside its buffers, where that is known before it; executables of a backend share them. */
  readonly bytes?: number;
  dispose(): void;
}

/** `free`: what is free of a device's memory shall be asked of it now, though that may take a second; else it may be taken for empty. */
export interface Look {
  readonly free: boolean;
}

export interface Backend {
  /** `reference`, `tfjs`, … */
  readonly name: string;
  /** What it computes on, for people: `CPU, WebAssembly with SIMD, 2 threads`. */
  readonly device: string;
  /** Where the backend knows several devices: what `--device` calls this one; and why it was taken, unless it was asked for. */
  readonly deviceName?: string;
  readonly deviceReason?: string;
  readonly precisions: readonly Precision[];
  /** Formats, beside float32, that it can keep weights in which do not train; absent: none. */
  readonly storedTypes?: readonly StoredType[];
  /** True where such weights are widened into memory of their own for each product in float32: they spare memory, and cost time. */
  readonly storedAreCopied?: boolean;
  /**
   * True where a plan for new sizes costs next to nothing, so that lengths need no rounding up. False: callers pad to buckets
   * and keep plans.
   */
  readonly freeSizes: boolean;
  /** True where attention takes time only for what is seen: sequences that do not see each other may stand in one long row. */
  readonly seesWhereSeen?: boolean;
  /** A new buffer: of zeros, or with a copy of `data`. Throws a ProblemError for a format that the backend lacks. */
  allocate(shape: readonly number[], dtype: DType, data?: HostArray): Promise<Buffer>;
  /**
   * Makes a graph ready. Keeping executables is the caller's matter. In bfloat16 the operands of products are rounded to it, to
   * nearest even: inputs of matmul, hidden states and weight of the head, and the gradient of its logits; sums, attention and all
   * that is kept are float32. Throws a ProblemError for a precision that the backend lacks; float32 where absent.
   */
  compile(graph: Graph, sizes: Sizes, precision?: Precision): Promise<Executable>;
  /** Frees everything it still holds. */
  dispose(): void;
}

export interface BackendOptions {
  /** Threads to compute with; absent: the backend's own choice. */
  readonly threads?: number;
  /** Which device, by name, where there are several. */
  readonly device?: string;
}

/** Each backend's entry, known by name before anything of it is loaded. */
export interface BackendProvider {
  readonly name: string;
  /** Its devices by name, where there are several. */
  readonly devices?: readonly string[];
  /** Loads and checks it. A Problem says why it cannot run here. */
  open(options: BackendOptions): Promise<Result<Backend>>;
  /** What its work takes of which memory, without opening it; undefined where it is not here. Absent: as `interpreterMemory` says. */
  memory?(options: BackendOptions, look?: Look): Promise<BackendMemory | undefined>;
}

export interface BackendMemory {
  /**
   * The memory that buffers and runs lie in, where it is not the machine's own: a graphics card's, or what a runtime can address.
   * `isOwn`: it is apart from the machine's memory; else a part of it. `free`: as it was when it was asked, what the backend itself
   * holds for its work not counted; all of it where nobody asked or it does not tell.
   */
  readonly device?: { readonly name: string; readonly total: number; readonly free: number; readonly isOwn: boolean };
  /** What the backend takes of the machine's memory for itself: libraries, contexts, its code. */
  readonly base: number;
  /** Where the device's memory is its own: what the backend takes of that for itself. */
  readonly deviceBase?: number;
  /** Lengths of sequences are rounded up, so that few plans serve them. */
  readonly roundsLengths: boolean;
  /** As the backend's own. */
  readonly storedTypes?: readonly StoredType[];
  /** A buffer of this shape. */
  buffer(shape: readonly number[], dtype: DType): number;
  /** What a run of the graph needs beside its buffers: values and scratch. */
  run(graph: Graph, sizes: Sizes, precision: Precision): number;
}
