/**
 * What ggml takes of memory, foreseen: a program is placed here as ggml's allocator (ggml-alloc.c) will place it, with nothing of ggml
 * loaded. `device.ts` tells afterwards what it was.
 */
import type { Graph, Sizes } from '../../graph/index.ts';
import { byteCount } from '../../graph/index.ts';
import type { BackendMemory, Precision } from '../backend.ts';
import { buildProgram } from './buildProgram.ts';
import { limits } from './ggmlBackend.ts';
import { keptFormats } from './program.ts';
import type { Limits, Program } from './program.ts';
import { typeBytes } from './signatures.ts';
import type { GgmlFunctions, Pointer } from './signatures.ts';
import { count } from './tensors.ts';
import type { Instruction, Tensor } from './tensors.ts';

/** What a GPU's driver takes of its memory for a process, with the library of products: some hundred megabytes on CUDA. */
const contextBytes = 600e6;
/** ggml's libraries and koffi, as far as they are touched. */
const libraryBytes = 12e6;
/** Where tensors may begin: a GPU's alignment, no less than a processor's. */
const alignment = 128;

export interface GpuMemory {
  /** For people: `CUDA0, NVIDIA H200`. */
  readonly name: string;
  readonly total: number;
  /** As the device tells it to a process that has opened it; absent where it was not asked. */
  readonly free?: number;
  /** Apart from the machine's. */
  readonly isOwn: boolean;
}

/** `gpu`: absent for the CPU. */
export function ggmlMemory(gpu?: GpuMemory): BackendMemory {
  return {
    // Who asks a device has opened it, and holds its share already.
    ...(gpu === undefined
      ? {}
      : {
          device: { ...gpu, free: Math.min(gpu.total, (gpu.free ?? gpu.total) + contextBytes) },
          deviceBase: contextBytes,
        }),
    base: libraryBytes,
    roundsLengths: true,
    storedTypes: keptFormats,
    buffer: byteCount,
    run: (graph, sizes, precision) => foreseeRun(graph, sizes, precision, limits[gpu === undefined ? 'cpu' : 'gpu']),
  };
}

/** Of a run beside its buffers, with what products make of their operands. */
export function foreseeRun(graph: Graph, sizes: Sizes, precision: Precision, given: Limits): number {
  const program = buildProgram(graph, sizes, precision, given);
  return placedBytes(program) + scratchBytes(program);
}

/** In bfloat16 a product rounds its second operand, and on GPUs its result, in memory of its own. */
function scratchBytes({ tensors }: Program): number {
  let most = 0;
  for (const { tensor, reads, name } of tensors.instructions.map(recorded))
    if (name === 'ggml_mul_mat' && reads[0]!.type === 'bfloat16')
      most = Math.max(most, 2 * (count(reads[1]!) + count(tensor)));
  return most;
}

/** What an instruction calls, and with which tensors: found by making it with functions that only listen. */
interface Recorded extends Instruction {
  readonly name: string;
  readonly reads: readonly Tensor[];
}

function recorded(instruction: Instruction): Recorded {
  const reads: Tensor[] = [];
  let name = '';
  const listening = new Proxy({} as GgmlFunctions, {
    get: (_, called: string) => () => {
      name = called;
      return 0n;
    },
  });
  try {
    instruction.make(listening, 0n, (tensor): Pointer => {
      reads.push(tensor);
      return 0n;
    });
  } catch {
    // A buffer: given from outside.
  }
  return { ...instruction, name, reads };
}

/** Of these ggml writes the result over an operand of the same layout that nothing else reads. */
const inPlace = new Set(
  ['fill_inplace', 'scale', 'scale_bias', 'add', 'sub', 'mul', 'div', 'sqr', 'sqrt', 'log', 'silu', 'silu_back']
    .concat(['rms_norm', 'rms_norm_back', 'soft_max_ext_back'])
    .map((name) => `ggml_${name}`),
);

/** The size of the memory that ggml places a program's tensors in. */
export function placedBytes(program: Program): number {
  const { instructions } = program.tensors;
  const outside = new Set(program.buffers.map(({ tensor }) => tensor.id));
  const inputs = new Set(program.inputs.map(({ tensor }) => tensor.id));
  const outputs = new Set([...program.outputs.values()].flatMap(({ id, memory }) => [id, memory]));
  const all = instructions.map(recorded);
  const nodes = inOrder(all, outputs);
  const children = new Map<number, number>();
  const views = new Map<number, number>();
  const add = (to: Map<number, number>, id: number, n: number) => to.set(id, (to.get(id) ?? 0) + n);
  const isView = (tensor: Tensor): boolean => tensor.memory !== tensor.id;
  const memory = new Placing();
  const place = (tensor: Tensor) => {
    if (!outside.has(tensor.id) && !isView(tensor)) memory.allocate(tensor.id, bytesOf(tensor));
  };
  for (const { tensor, reads } of nodes) {
    if (isView(tensor)) add(views, tensor.memory, 1);
    for (const read of reads) {
      add(children, read.id, 1);
      if (inputs.has(read.id)) place(read);
    }
  }
  for (const { tensor, reads, name } of nodes) {
    if (!isView(tensor) && !(inPlace.has(name) && takesOver(tensor, reads))) place(tensor);
    for (const read of reads) {
      add(children, read.id, -1);
      if (children.get(read.id) !== 0 || (views.get(read.id) ?? 0) !== 0) continue;
      if (isView(read)) {
        add(views, read.memory, -1);
        if (views.get(read.memory) === 0 && (children.get(read.memory) ?? 0) === 0) release(read.memory);
      } else release(read.id);
    }
  }
  return memory.most;

  function release(id: number): void {
    if (!outputs.has(id)) memory.free(id);
  }

  /** Gives an operand's place to the result, where it may. */
  function takesOver(tensor: Tensor, reads: readonly Tensor[]): boolean {
    for (const read of reads) {
      // A look at memory has none of its own to give.
      if (!memory.has(read.id) || outputs.has(read.id)) continue;
      if (read.type !== tensor.type || read.ne.some((size, i) => size !== tensor.ne[i])) continue;
      if (children.get(read.id) !== 1 || (views.get(read.id) ?? 0) !== 0) continue;
      memory.handOver(read.id, tensor.id);
      return true;
    }
    return false;
  }
}

/** As ggml orders a graph: looks at memory stand just before what reads them, and unread ones nowhere. */
function inOrder(all: readonly Recorded[], outputs: ReadonlySet<number>): Recorded[] {
  const byId = new Map(all.map((one) => [one.tensor.id, one]));
  const done = new Set<number>();
  const nodes: Recorded[] = [];
  const visit = (one: Recorded) => {
    if (done.has(one.tensor.id)) return;
    done.add(one.tensor.id);
    for (const { id } of one.reads) {
      const read = byId.get(id);
      if (read !== undefined) visit(read);
    }
    if (one.reads.length > 0) nodes.push(one);
  };
  for (const one of all) if (one.computes || outputs.has(one.tensor.id)) visit(one);
  return nodes;
}

const bytesOf = (tensor: Tensor): number => Math.ceil((count(tensor) * typeBytes[tensor.type]) / alignment) * alignment;

/** Memory in one stretch: what is asked for goes into the smallest gap that holds it, else to the end. */
class Placing {
  /** The size of the stretch so far. */
  most = 0;
  readonly #held = new Map<number, { readonly at: number; readonly bytes: number }>();
  /** Gaps by place; the last one has no end. */
  #gaps: { at: number; bytes: number }[] = [{ at: 0, bytes: Infinity }];

  has = (id: number): boolean => this.#held.has(id);

  allocate(id: number, bytes: number): void {
    if (this.#held.has(id)) return;
    let best = this.#gaps.length - 1;
    for (const [i, gap] of this.#gaps.slice(0, -1).entries())
      if (gap.bytes >= bytes && gap.bytes <= this.#gaps[best]!.bytes) best = i;
    const gap = this.#gaps[best]!;
    this.#held.set(id, { at: gap.at, bytes });
    gap.at += bytes;
    gap.bytes -= bytes;
    if (gap.bytes === 0) this.#gaps.splice(best, 1);
    this.most = Math.max(this.most, gap.at);
  }

  free(id: number): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    this.#held.delete(id);
    this.#give(held.at, held.bytes);
  }

  handOver(from: number, to: number): void {
    this.#held.set(to, this.#held.get(from)!);
    this.#held.delete(from);
  }

  #give(at: number, bytes: number): void {
    this.#gaps.push({ at, bytes });
    this.#gaps.sort((a, b) => a.at - b.at);
    this.#gaps = this.#gaps.reduce<{ at: number; bytes: number }[]>((joined, gap) => {
      const last = joined.at(-1);
      if (last !== undefined && last.at + last.bytes === gap.at) last.bytes += gap.bytes;
      else joined.push({ ...gap });
      return joined;
    }, []);
  }
}
