/** What the emitters of operations write a program with: tensors for values, memory that is fed, products in the program's precision. */
import {
  elementCount,
  type Graph,
  type Node,
  type NodeOf,
  type OperationName,
  type Plan,
  type PlanStep,
  type Value,
} from '../../graph/index.ts';
import type { HostArray, Precision } from '../backend.ts';
import { type Extents, isDense, type Tensor, Tensors } from './tensors.ts';
import { types } from './signatures.ts';
import {
  type BoundBuffer,
  type Feeds,
  type Input,
  kept,
  type Limits,
  matrix,
  type Program,
  type RangeCheck,
} from './program.ts';

/** A gradient of rows that has not been scattered yet. */
interface Scattered {
  readonly rows: Tensor;
  readonly at: Tensor;
  readonly ne: Extents;
}

export class ProgramBuilder {
  readonly plan: Plan;
  readonly t = new Tensors();
  readonly limits: Limits;
  readonly checks: RangeCheck[] = [];
  readonly inputs: Input[] = [];
  readonly buffers: BoundBuffer[] = [];
  readonly #graph: Graph;
  readonly #precision: Precision;
  readonly #byValue = new Map<Value, Tensor>();
  readonly #scattered = new Map<Value, Scattered>();
  readonly #byKey = new Map<string, Tensor>();
  #step: PlanStep | undefined;

  constructor(graph: Graph, plan: Plan, precision: Precision, limits: Limits) {
    this.#graph = graph;
    this.plan = plan;
    this.#precision = precision;
    this.limits = limits;
    for (const value of graph.persistents.values()) {
      const shape = plan.shape(value);
      const tensor = this.t.given(kept(value.dtype), matrix(shape), () => {
        throw new Error(`${value.name} is not bound`);
      });
      this.#byValue.set(value, tensor);
      this.buffers.push({ name: value.name, shape, dtype: value.dtype, tensor });
    }
  }

  /** A value as a dense matrix: rows of its last dimension. */
  of(value: Value | undefined): Tensor {
    if (value === undefined) throw new Error('an input is missing');
    const known = this.#byValue.get(value);
    if (known !== undefined) return known;
    const scattered = this.#scattered.get(value);
    if (scattered !== undefined) {
      const zeros = this.t.repeat(this.constant([scattered.ne[0], 1, 1, 1], 0), scattered.ne);
      const table = this.t.setRows(zeros, scattered.rows, scattered.at);
      this.#byValue.set(value, table);
      return table;
    }
    if (value.source !== 'feed') throw new Error(`${value.name} is not there yet`);
    const { name } = value;
    const tensor = this.input(
      `feed ${name}`,
      value.dtype === 'int32' ? 'int32' : 'float32',
      matrix(this.plan.shape(value)),
      (feeds) => feeds.of(name),
    );
    this.#byValue.set(value, tensor);
    return tensor;
  }

  /** Name of a feed whose contents something is derived from before the run. */
  feed(value: Value | undefined, what: string): string {
    if (value?.source !== 'feed') throw new Error(`${value?.name ?? 'an input'}: ${what} must be fed`);
    return value.name;
  }
  /** The same, of integers that must be in [least, limit). */
  indices(value: Value | undefined, what: string, least: number, limit: number): string {
    const feed = this.feed(value, what);
    this.checks.push({ feed, what, least, limit });
    return feed;
  }

  /** Memory filled before each run; what has the same key is made once. */
  input(key: string, type: 'float32' | 'int32', ne: Extents, fill: (feeds: Feeds) => HostArray): Tensor {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const tensor = this.t.given(type, ne, (f, context) => {
      const made = f.ggml_new_tensor_4d(context, types[type], ...ne);
      f.ggml_set_input(made);
      return made;
    });
    this.inputs.push({ tensor, fill });
    this.#byKey.set(key, tensor);
    return tensor;
  }
  constant(ne: Extents, value: number): Tensor {
    const size = ne.reduce((a, b) => a * b);
    return this.input(`constant ${ne.join()} ${value}`, 'float32', ne, () => new Float32Array(size).fill(value));
  }

  /** Something that several operations read, made once under a key. */
  once(key: string, make: () => Tensor): Tensor {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const tensor = make();
    this.#byKey.set(key, tensor);
    return tensor;
  }
  known(key: string): Tensor | undefined {
    return this.#byKey.get(key);
  }

  /** Columns as rows. */
  transposed(a: Tensor): Tensor {
    return this.once(`transposed ${a.id}`, () => this.#transpose(a, 'float32'));
  }
  /** a · bᵀ over rows: y[n] = Σ a[m] · b[n], in the precision of the program. */
  product(a: Tensor, b: Tensor): Tensor {
    if (this.#precision === 'float32') return this.t.product(this.#widened(a), b);
    if (a.type === 'bfloat16') return this.t.product(a, b);
    return this.t.product(
      this.once(`rounded ${a.id}`, () => this.t.copy(a, 'bfloat16')),
      b,
    );
  }
  /** As product, with the columns of a. */
  productT(a: Tensor, b: Tensor): Tensor {
    if (this.#precision === 'float32') return this.t.product(this.transposed(a), b);
    return this.t.product(
      this.once(`rounded transposed ${a.id}`, () => this.#transpose(a, 'bfloat16')),
      b,
    );
  }
  /** A weight kept in bfloat16, for one product: widened anew each time, so that no wide copy of it waits for another. */
  #widened(a: Tensor): Tensor {
    return a.type === 'bfloat16' ? this.t.copy(a) : a;
  }
  /** Large ones in two passes over tiles: in one, each element would come from another page. */
  #transpose(a: Tensor, type: 'float32' | 'bfloat16'): Tensor {
    const { t } = this;
    const [columns, rows] = a.ne;
    const tile = 64;
    if (columns * rows < 4e6 || rows % tile !== 0) return t.copy(t.permute(a, 1, 0, 2, 3), type);
    const kept = a.type === 'bfloat16' ? 'bfloat16' : 'float32';
    const tiles = t.copy(t.permute(t.reshape(a, columns, tile, rows / tile), 1, 0, 2, 3), kept);
    return t.reshape(t.copy(t.permute(tiles, 0, 2, 1, 3), type), rows, columns);
  }

  /** Is output i of the step under way read? */
  used(i: number): boolean {
    return this.#step!.used[i] === true;
  }
  /** Is output i read by anything but steps of this operation, or an answer? */
  readBeside(i: number, op: Node['op']): boolean {
    const value = this.#step!.node.outputs[i]!;
    if ([...this.#graph.outputs.values()].includes(value)) return true;
    return this.plan.steps.some(({ node }) => node.op !== op && node.inputs.includes(value));
  }
  /** Gives output i of the step under way. */
  give(i: number, tensor: Tensor): void {
    const value = this.#step!.node.outputs[i]!;
    const ne = matrix(this.plan.shape(value));
    this.#byValue.set(value, this.t.reshape(tensor, ...ne));
  }
  /** Gives output i as rows to be scattered into zeros; rows with the same place are the same. */
  giveScattered(i: number, rows: Tensor, at: Tensor): void {
    const value = this.#step!.node.outputs[i]!;
    this.#scattered.set(value, { rows, at, ne: matrix(this.plan.shape(value)) });
  }
  /** A buffer after an operation has changed it. */
  change(value: Value, tensor: Tensor): void {
    this.#byValue.set(value, tensor);
  }
  /** What a value is to be scattered from, where nothing has asked for the whole yet. */
  scattered(value: Value): Scattered | undefined {
    return this.#byValue.has(value) ? undefined : this.#scattered.get(value);
  }
  /** May a value's memory be written over: does it end with this step, and is it nobody else's? */
  ends(value: Value): boolean {
    return value.source === 'node' && this.#step!.release.includes(value);
  }

  /** The step that is emitted next. */
  begin(step: PlanStep): void {
    this.#step = step;
  }

  finish(): Program {
    const roots = new Set(this.t.instructions.filter(({ computes }) => !computes).map(({ tensor }) => tensor.id));
    const outputs = new Map(
      [...this.#graph.outputs].map(([name, value]) => {
        const tensor = this.of(value);
        // What is given is not the run's to answer with: a copy is.
        return [name, roots.has(tensor.memory) || !isDense(tensor) ? this.t.copy(tensor) : tensor];
      }),
    );
    return {
      tensors: this.t,
      inputs: this.inputs,
      buffers: this.buffers,
      outputs,
      checks: this.checks,
      feedCounts: new Map([...this.#graph.feeds].map(([name, value]) => [name, elementCount(this.plan.shape(value))])),
    };
  }
}

/** Writes an operation down. */
export type Emitter<N extends OperationName> = (node: NodeOf<N>, builder: ProgramBuilder) => void;
