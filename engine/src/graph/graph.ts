/**
 * A static graph: feeds, persistent buffers, and nodes in the order in which they run. A node that changes a buffer in place
 * does so at its place in that order; nodes behind it read the changed buffer.
 */
import { GraphError } from './operation.ts';
import type { Operation } from './operation.ts';
import { operations } from './operations.ts';
import type { AttributesOf, Node, OperationName } from './operations.ts';
import { isStoredType, typeText } from './value.ts';
import type { DType, Shape, Value } from './value.ts';

/** Nodes [from, to) whose values are not kept for the gradients, but computed again. */
export interface Segment {
  readonly from: number;
  readonly to: number;
}

export class Graph {
  readonly #values: Value[] = [];
  readonly #nodes: Node[] = [];
  readonly #feeds = new Map<string, Value>();
  readonly #persistent = new Map<string, Value>();
  readonly #outputs = new Map<string, Value>();
  readonly #segments: Segment[] = [];
  #seed: Value | undefined;

  /** In running order. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }
  get values(): readonly Value[] {
    return this.#values;
  }
  get feeds(): ReadonlyMap<string, Value> {
    return this.#feeds;
  }
  get persistents(): ReadonlyMap<string, Value> {
    return this.#persistent;
  }
  /** What a run answers with, by name. */
  get outputs(): ReadonlyMap<string, Value> {
    return this.#outputs;
  }

  /** A value given with each run. The same name twice is the same value. */
  feed(name: string, shape: Shape, dtype: DType): Value {
    const known = this.#feeds.get(name);
    if (known !== undefined) return known;
    const value = this.#value('feed', name, shape, dtype);
    this.#feeds.set(name, value);
    return value;
  }

  /** A buffer that outlives runs. The same name twice is the same value. */
  persistent(name: string, shape: Shape, dtype: DType): Value {
    const known = this.#persistent.get(name);
    if (known !== undefined) return known;
    const value = this.#value('persistent', name, shape, dtype);
    this.#persistent.set(name, value);
    return value;
  }

  /** Adds a node; answers with its outputs. Throws a GraphError where the inputs do not fit. */
  add<N extends OperationName>(op: N, inputs: readonly Value[], attributes: AttributesOf<N>): readonly Value[] {
    // The table's type does not follow N: an operation found by its name takes that name's attributes.
    const operation = operations[op] as unknown as Operation<AttributesOf<N>>;
    const variadic = operation.inputs.at(-1)?.endsWith('…') ?? false;
    if (variadic ? inputs.length < operation.inputs.length : inputs.length !== operation.inputs.length)
      throw new GraphError(`${op} takes (${operation.inputs.join(', ')}), got ${inputs.length} inputs`);
    for (const i of operation.mutates ?? [])
      if (inputs[i]?.source !== 'persistent')
        throw new GraphError(`${op} changes ${operation.inputs[i]!}: not a buffer`);
    for (const [i, value] of inputs.entries())
      if (isStoredType(value.dtype) && (operation.stored?.includes(i) !== true || value.source !== 'persistent'))
        throw new GraphError(`${op} takes no ${typeText(value)} as ${operation.inputs[i] ?? 'input'}`);
    if (inputs.some((value) => this.isUnitSeed(value)))
      throw new GraphError('what is differentiated must be the loss of headCrossEntropy itself');
    for (const value of inputs)
      if (this.#values[value.id] !== value) throw new GraphError(`${op}: ${value.name} is of another graph`);
    const outputs = operation
      .infer(inputs, attributes)
      .map((type, i) => this.#value('node', `${op}.${operation.outputs[i]!}`, type.shape, type.dtype));
    this.#nodes.push({ op, inputs, outputs, attributes } as unknown as Node);
    return outputs;
  }

  /** As add, for the operations with one output. */
  one<N extends OperationName>(op: N, inputs: readonly Value[], attributes: AttributesOf<N>): Value {
    const outputs = this.add(op, inputs, attributes);
    if (outputs.length !== 1) throw new GraphError(`${op} has ${outputs.length} outputs`);
    return outputs[0]!;
  }

  /** In running order; none within another. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /**
   * Activation checkpointing (Chen et al., 2016, "Training deep nets with sublinear memory cost"): what `build` emits is computed
   * again where gradients want it, so that of it only what later nodes read is kept in between.
   */
  recomputed<T>(build: () => T): T {
    const from = this.#nodes.length;
    const before = this.#segments.length;
    const result = build();
    if (this.#segments.length > before) throw new GraphError('a recomputed segment lies within another');
    for (const { op } of this.#nodes.slice(from))
      if ((operations[op] as Operation<never>).mutates !== undefined)
        throw new GraphError(`${op} changes a buffer and cannot be computed again`);
    this.#segments.push({ from, to: this.#nodes.length });
    return result;
  }

  /** Makes a value an answer of each run. */
  output(name: string, value: Value): void {
    if (this.#outputs.has(name)) throw new GraphError(`two outputs are called ${name}`);
    this.#outputs.set(name, value);
  }

  /** Stands for the number 1 where differentiation begins. Never computed: a rule may only ask whether it got it. */
  unitSeed(): Value {
    this.#seed ??= { id: -1, source: 'node', name: 'one', shape: [1], dtype: 'float32' };
    return this.#seed;
  }
  isUnitSeed(value: Value): boolean {
    return value === this.#seed;
  }

  #value(source: Value['source'], name: string, shape: Shape, dtype: DType): Value {
    const value: Value = { id: this.#values.length, source, name, shape, dtype };
    this.#values.push(value);
    return value;
  }
}
