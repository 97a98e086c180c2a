/** The graph interpreted with TensorFlow.js operations, node by node; each value is let go after its last reader. */
import * as tf from '@tensorflow/tfjs-core';
import { ProblemError } from '../../base/problem.ts';
import { elementCount, planGraph } from '../../graph/index.ts';
import type { DType, Graph, Plan, PlanStep, Sizes, Value } from '../../graph/index.ts';
import type { Backend, Buffer, Executable, HostArray, Precision } from '../backend.ts';
import { pausesFor } from '../letIn.ts';
import { TfjsBuffer } from './buffer.ts';
import { type Kernel, Run } from './kernel.ts';
import { kernels } from './kernels.ts';
import type { Operand } from './operand.ts';
import { activate, type Runtime, tfType } from './runtime.ts';

export class TfjsBackend implements Backend {
  readonly name = 'tfjs';
  readonly device: string;
  readonly deviceName: string;
  readonly deviceReason?: string;
  readonly precisions = ['float32'] as const;
  readonly freeSizes = true;
  readonly #runtime: Runtime;
  readonly #buffers = new Set<TfjsBuffer>();

  /** `why` this device was taken, where it was not asked for. */
  constructor(runtime: Runtime, why?: string) {
    this.device = runtime.device;
    this.deviceName = runtime.name;
    if (why !== undefined) this.deviceReason = why;
    this.#runtime = runtime;
  }

  allocate(shape: readonly number[], dtype: DType, data?: HostArray): Promise<Buffer> {
    refuseOthers(dtype, this.device);
    this.#refuseLarge(shape);
    if (data !== undefined && data.length !== elementCount(shape))
      throw new Error(`${data.length} elements for a buffer [${shape.join(', ')}]`);
    activate(this.#runtime);
    const tensor = data === undefined ? tf.zeros([...shape], tfType(dtype)) : this.#runtime.tensor(data, shape, dtype);
    return Promise.resolve(new TfjsBuffer(tensor, this.#runtime, this.#buffers));
  }

  compile(graph: Graph, sizes: Sizes, precision: Precision = 'float32'): Promise<Executable> {
    refuseOthers(precision, this.device);
    const plan = planGraph(graph, sizes);
    for (const value of graph.values) {
      refuseOthers(value.dtype, this.device);
      this.#refuseLarge(plan.shape(value));
    }
    return Promise.resolve(new TfjsExecutable(graph, plan, this.#runtime));
  }

  dispose(): void {
    for (const buffer of [...this.#buffers]) buffer.dispose();
  }

  #refuseLarge(shape: readonly number[]): void {
    const { largestTensor, device } = this.#runtime;
    const bytes = elementCount(shape) * 4;
    if (largestTensor === undefined || bytes <= largestTensor) return;
    throw new ProblemError({
      what: `a tensor [${shape.join(', ')}] has ${bytes} bytes, more than the ${largestTensor} that ${device} holds in one`,
      where: { name: 'device' },
      remedy: 'Take a smaller batch, a shorter sequence or a smaller model, or another device.',
    });
  }
}

class TfjsExecutable implements Executable {
  readonly #graph: Graph;
  readonly #plan: Plan;
  readonly #runtime: Runtime;

  constructor(graph: Graph, plan: Plan, runtime: Runtime) {
    this.#graph = graph;
    this.#plan = plan;
    this.#runtime = runtime;
  }

  async run(
    feeds: Readonly<Record<string, HostArray>>,
    buffers: Readonly<Record<string, Buffer>>,
    signal?: AbortSignal,
  ): Promise<Record<string, HostArray>> {
    const pause = pausesFor(signal);
    const operands = new Map<Value, Operand>();
    activate(this.#runtime);
    const run = new Run(this.#runtime);
    try {
      this.#bind(feeds, buffers, operands);
      for (const step of this.#plan.steps) {
        if (await pause()) activate(this.#runtime);
        this.#step(step, operands, run);
        for (const value of step.release) {
          operands.get(value)?.tensor.dispose();
          operands.delete(value);
        }
      }
      const answers: Record<string, HostArray> = {};
      for (const [name, value] of this.#graph.outputs)
        answers[name] = ((await operands.get(value)!.tensor.data()) as HostArray).slice();
      this.#runtime.check();
      return answers;
    } finally {
      run.dispose();
      for (const { tensor, buffer } of operands.values()) if (buffer === undefined) tensor.dispose();
    }
  }

  dispose(): void {
    // A plan holds no tensors.
  }

  #bind(
    feeds: Readonly<Record<string, HostArray>>,
    buffers: Readonly<Record<string, Buffer>>,
    operands: Map<Value, Operand>,
  ): void {
    for (const [name, value] of this.#graph.feeds) {
      const host = feeds[name];
      const shape = this.#plan.shape(value);
      if (host?.length !== elementCount(shape))
        throw new Error(`feed ${name} has ${host?.length ?? 'no'} elements, the plan has [${shape.join(', ')}]`);
      operands.set(value, { tensor: this.#runtime.tensor(host, shape, value.dtype), host });
    }
    for (const [name, value] of this.#graph.persistents) {
      const buffer = buffers[name];
      const shape = this.#plan.shape(value);
      if (!(buffer instanceof TfjsBuffer)) throw new Error(`no buffer ${name} of this backend`);
      if (buffer.shape.join() !== shape.join())
        throw new Error(`buffer ${name} is [${buffer.shape.join(', ')}], the plan has [${shape.join(', ')}]`);
      operands.set(value, new PersistentOperand(buffer));
    }
  }

  #step({ node, used }: PlanStep, operands: Map<Value, Operand>, run: Run): void {
    // op and attributes belong together by construction of the graph; the table's type cannot follow the union.
    const kernel = kernels[node.op] as unknown as Kernel<unknown>;
    const inputs = node.inputs.map((value) => operands.get(value)!);
    const shapes = node.outputs.map((value) => this.#plan.shape(value));
    const results: (tf.Tensor | undefined)[] = [];
    tf.tidy(() => {
      const made = kernel({ inputs, attributes: node.attributes, shapes, used, run });
      // A tensor of its own in the declared shape: a kernel may answer with one of its inputs.
      for (const [i, shape] of shapes.entries()) results[i] = made[i] && tf.keep(tf.reshape(made[i], [...shape]));
    });
    for (const [i, value] of node.outputs.entries()) {
      const tensor = results[i];
      if (tensor !== undefined) operands.set(value, { tensor });
      else if (used[i] === true) throw new Error(`${node.op} left output ${i} uncomputed`);
    }
  }
}

/** A persistent value of a run: its tensor is the buffer's at the moment. */
class PersistentOperand implements Operand {
  readonly buffer: TfjsBuffer;
  constructor(buffer: TfjsBuffer) {
    this.buffer = buffer;
  }
  get tensor(): tf.Tensor {
    return this.buffer.tensor;
  }
}

function refuseOthers(dtype: DType | Precision, device: string): void {
  if (dtype !== 'float32' && dtype !== 'int32')
    throw new ProblemError({
      what: `the backend tfjs has no ${dtype}: TensorFlow.js computes in float32 on all its devices, ${device} too`,
      where: { name: dtype === 'bfloat16' ? 'precision' : 'baseQuantization' },
      remedy: 'Use float32, or another backend.',
    });
}
