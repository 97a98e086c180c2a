/**
 * One of ggml's devices, opened: its memory for buffers, and graphs bound to them. Memory that runs need beside the buffers is
 * shared by all graphs of the device; where it has to grow, graphs that were placed in it are made anew.
 */
import { ProblemError } from '../../base/problem.ts';
import type { GgmlDevice, GgmlLibrary } from './library.ts';
import type { Program } from './program.ts';
import { types } from './signatures.ts';
import type { Pointer, TensorType } from './signatures.ts';
import type { Extents, Tensor } from './tensors.ts';

/** A tensor with memory of its own on the device. */
export interface Allocation {
  readonly tensor: Pointer;
  readonly bytes: number;
  free(): void;
}

/** A program over the buffers it was bound to. */
export interface BoundGraph {
  readonly graph: Pointer;
  at(tensor: Tensor): Pointer;
  /** False once the memory it was placed in is gone. */
  readonly placed: boolean;
  free(): void;
}

const noMemory = (what: string): ProblemError =>
  new ProblemError({
    what: `there is not enough memory on the device (${what})`,
    remedy: 'Take a smaller batch, a shorter sequence or a smaller model.',
  });

export class OpenDevice {
  readonly library: GgmlLibrary;
  readonly info: GgmlDevice;
  readonly #backend: Pointer;
  readonly #allocator: Pointer;
  readonly #setThreads: ((threads: number) => void) | undefined;
  readonly #threads: number;
  #size = 0;
  #age = 0;

  /** Throws a ProblemError where the device cannot be opened. */
  constructor(library: GgmlLibrary, info: GgmlDevice, threads: number) {
    this.library = library;
    this.info = info;
    const backend = library.functions.ggml_backend_dev_init(info.handle, null);
    if (backend === null)
      throw new ProblemError({ what: `the device ${info.name} (${info.description}) cannot be opened` });
    this.#backend = backend;
    this.#setThreads = info.kind === 'cpu' ? library.threadsOf(info, backend) : undefined;
    this.#threads = threads;
    this.#allocator = library.functions.ggml_gallocr_new(
      library.functions.ggml_backend_get_default_buffer_type(backend),
    );
  }

  /** Bytes that runs have used beside buffers so far. */
  get sharedBytes(): number {
    return this.#size;
  }

  /** A tensor of zeros. */
  allocate(type: TensorType, ne: Extents): Allocation {
    const f = this.library.functions;
    const context = this.#context(1, 0);
    const tensor = f.ggml_new_tensor_4d(context, types[type], ...ne);
    const buffer = f.ggml_backend_alloc_ctx_tensors(context, this.#backend);
    if (buffer === null) {
      f.ggml_free(context);
      throw noMemory(`a tensor [${ne.join(', ')}]`);
    }
    f.ggml_backend_buffer_clear(buffer, 0);
    return {
      tensor,
      bytes: ne.reduce((a, b) => a * b) * (type === 'bfloat16' || type === 'float16' ? 2 : 4),
      free: () => {
        f.ggml_backend_buffer_free(buffer);
        f.ggml_free(context);
      },
    };
  }

  /** Makes a program's graph over buffers, in the order of `program.buffers`, and places it in memory. */
  bind(program: Program, buffers: readonly Pointer[]): BoundGraph {
    const f = this.library.functions;
    const { instructions } = program.tensors;
    const nodes = instructions.length + 16;
    const context = this.#context(nodes, nodes);
    const graph = f.ggml_new_graph_custom(context, nodes, false);
    const pointers = new Array<Pointer>(instructions.length);
    for (const [i, { tensor }] of program.buffers.entries()) pointers[tensor.id] = buffers[i]!;
    const at = (tensor: Tensor) => pointers[tensor.id]!;
    const outputs = new Set([...program.outputs.values()].flatMap(({ id, memory }) => [id, memory]));
    const inputs = new Set(program.inputs.map(({ tensor }) => tensor.id));
    for (const { tensor, make, computes } of instructions) {
      pointers[tensor.id] ??= make(f, context, at);
      if (outputs.has(tensor.id)) f.ggml_set_output(at(tensor));
      if (computes || inputs.has(tensor.id) || outputs.has(tensor.id)) f.ggml_build_forward_expand(graph, at(tensor));
    }
    this.#checkSupport(graph);
    // Without a plan of its own, a graph of as many nodes as the one before would be placed as that one was.
    if (!f.ggml_gallocr_reserve(this.#allocator, graph) || !f.ggml_gallocr_alloc_graph(this.#allocator, graph)) {
      this.#age++;
      f.ggml_free(context);
      throw noMemory('what is computed between the layers');
    }
    const size = f.ggml_gallocr_get_buffer_size(this.#allocator, 0);
    // Memory that has grown has moved.
    if (size !== this.#size) this.#age++;
    this.#size = size;
    const age = this.#age;
    const current = () => this.#age === age;
    return {
      graph,
      at,
      get placed() {
        return current();
      },
      free: () => f.ggml_free(context),
    };
  }

  /** `worthThreads`: its operations are long enough to be shared out. */
  async compute(graph: BoundGraph, worthThreads: boolean): Promise<void> {
    this.#setThreads?.(worthThreads ? this.#threads : 1);
    const status = await this.library.compute(this.#backend, graph.graph);
    if (status !== 0)
      throw status === -2 ? noMemory('while computing') : new Error(`ggml ended a run with status ${status}`);
  }

  free(): void {
    this.library.functions.ggml_gallocr_free(this.#allocator);
    this.library.functions.ggml_backend_free(this.#backend);
  }

  #context(tensors: number, graphSize: number): Pointer {
    const f = this.library.functions;
    const bytes =
      tensors * f.ggml_tensor_overhead() + (graphSize === 0 ? 0 : f.ggml_graph_overhead_custom(graphSize, false));
    const context = f.ggml_init({ mem_size: bytes + 1024, mem_buffer: null, no_alloc: true });
    if (context === null) throw noMemory('a graph');
    return context;
  }

  /** A device that lacks an operation would end the process when it comes to it. */
  #checkSupport(graph: Pointer): void {
    const f = this.library.functions;
    if (this.info.kind === 'cpu') return;
    for (let i = f.ggml_graph_n_nodes(graph) - 1; i >= 0; i--) {
      const node = f.ggml_graph_node(graph, i);
      if (f.ggml_backend_supports_op(this.#backend, node)) continue;
      throw new ProblemError({
        what: `the device ${this.info.name} lacks an operation: ${f.ggml_op_desc(node)}`,
        where: { name: 'backend ggml' },
        remedy: 'Take another device or backend.',
      });
    }
  }
}
