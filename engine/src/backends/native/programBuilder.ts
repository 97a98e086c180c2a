/** What the emitters of operations write a program with: cells for values, instructions over cells. */
import {
  byteCount,
  type DType,
  elementCount,
  type Graph,
  type NodeOf,
  type OperationName,
  type Plan,
  type PlanStep,
  type Value,
} from '../../graph/index.ts';
import { planMemory } from './memoryPlan.ts';
import { findSums } from './sums.ts';
import { type Program, type RangeCheck, weightFormats } from './program.ts';

/** Where a value lies: in the memory that runs share, or in the buffer bound at `buffer`. */
interface Cell {
  readonly bytes: number;
  readonly buffer?: number;
  /** Instructions of first and last use. */
  from: number;
  to: number;
}

export type CellId = number;

export interface Layout {
  readonly arenaBytes: number;
  readonly instructions: readonly Instruction[];
  /** Cells by name. */
  readonly outputs: ReadonlyMap<string, CellId>;
  /** Offsets in the arena. */
  readonly places: ReadonlyMap<CellId, number>;
}

interface Instruction {
  readonly op: string;
  readonly operands: readonly (CellId | undefined)[];
  readonly numbers: readonly number[];
}

export class ProgramBuilder {
  readonly plan: Plan;
  readonly checks: RangeCheck[] = [];
  readonly #cells: Cell[] = [];
  readonly #instructions: Instruction[] = [];
  readonly #byValue = new Map<Value, CellId>();
  readonly #tables = new Map<string, readonly CellId[]>();
  readonly #buffers: Value[] = [];
  /** Products that write into the sum that reads them: the cell of the sum. */
  readonly #sums: ReadonlyMap<Value, Value>;
  #step: PlanStep | undefined;

  constructor(graph: Graph, plan: Plan) {
    this.plan = plan;
    for (const value of graph.persistents.values()) {
      this.#byValue.set(value, this.#cells.length);
      this.#cells.push({ bytes: this.#bytes(value), buffer: this.#buffers.length, from: 0, to: 0 });
      this.#buffers.push(value);
    }
    for (const value of graph.feeds.values()) this.#byValue.set(value, this.#newCell(this.#bytes(value), 0));
    this.#sums = findSums(graph, plan);
  }

  /** Elements of a value. */
  count(value: Value): number {
    return elementCount(this.plan.shape(value));
  }

  /** Cell of an input, which must hold floats, so many where a number is given. */
  floats(value: Value | undefined, count?: number): CellId {
    return this.#input(value, 'float32', count);
  }
  /** Cell of a weight in any format, with the format's number (engine/native/src/stored.h). */
  weights(value: Value | undefined, count: number): { cell: CellId; format: number } {
    const dtype = value?.dtype ?? 'float32';
    if (dtype === 'int32') throw new Error(`${value!.name} is of int32, not a weight`);
    return { cell: this.#input(value, dtype, count), format: weightFormats.indexOf(dtype) };
  }
  ints(value: Value | undefined, count?: number): CellId {
    return this.#input(value, 'int32', count);
  }
  /** As ints, of a feed whose elements must be in [least, limit): a kernel goes where they point. */
  indices(value: Value | undefined, count: number, what: string, least: number, limit: number): CellId {
    if (value?.source !== 'feed') throw new Error(`${value?.name ?? 'an input'}: ${what} must be fed`);
    // Each layer asks the same of the same feed.
    const known = this.checks.some(
      (one) => one.feed === value.name && one.what === what && one.least === least && one.limit === limit,
    );
    if (!known) this.checks.push({ feed: value.name, what, least, limit });
    return this.ints(value, count);
  }

  /** Cell for output i of the step under way; undefined where nobody reads it. */
  output(i: number, count: number): CellId | undefined {
    return this.#step!.used[i] === true ? this.anyOutput(i, count) : undefined;
  }
  /** As output, for one that the kernel writes in any case. `over`: inputs that it may be written over, if they end here. */
  anyOutput(i: number, count: number, over: readonly number[] = []): CellId {
    const { node, release } = this.#step!;
    const value = node.outputs[i];
    if (value?.dtype !== 'float32' || this.count(value) !== count)
      throw new Error(`output ${i} of ${node.op} is not of ${count} floats`);
    const known = this.#byValue.get(value);
    if (known !== undefined) return known;
    const place = over
      .map((at) => node.inputs[at]!)
      .find(
        (input) =>
          input.source !== 'persistent' &&
          release.includes(input) &&
          this.count(input) === count &&
          input.dtype === 'float32' &&
          !this.#taken.has(input),
      );
    if (place !== undefined) this.#taken.add(place);
    const cell =
      place === undefined ? this.#newCell(this.#bytes(value), this.#instructions.length) : this.#byValue.get(place)!;
    this.#byValue.set(value, cell);
    return cell;
  }
  #taken = new Set<Value>();

  /** The sum that output i of the step under way is added to in place: its cell. */
  sum(i: number): CellId | undefined {
    const value = this.#step!.node.outputs[i]!;
    const into = this.#sums.get(value);
    if (into === undefined) return undefined;
    const cell = this.#byValue.get(into)!;
    this.#byValue.set(value, cell);
    return cell;
  }

  /** Cells for a table that several instructions read, made once under a key. */
  table(key: string, sizes: readonly number[], make: (cells: readonly CellId[]) => void): readonly CellId[] {
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const cells = sizes.map((count) => this.#newCell(4 * count, this.#instructions.length));
    this.#tables.set(key, cells);
    make(cells);
    return cells;
  }

  emit(op: string, operands: readonly (CellId | undefined)[], numbers: readonly number[]): void {
    for (const id of operands) if (id !== undefined) this.#cells[id]!.to = this.#instructions.length;
    this.#instructions.push({ op, operands, numbers });
  }

  /** The step that is emitted next; false where nothing is left to emit, since a product has made the sum already. */
  begin(step: PlanStep): boolean {
    this.#step = step;
    this.#taken = new Set();
    const product = step.node.inputs.find((value) => this.#sums.has(value));
    if (product === undefined) return true;
    const [sum] = step.node.outputs;
    if (sum !== undefined) this.#byValue.set(sum, this.#byValue.get(product)!);
    return false;
  }

  /** Where every cell lies. Every step has been emitted. */
  layOut(graph: Graph): Layout {
    const outputs = new Map([...graph.outputs].map(([name, value]) => [name, this.#byValue.get(value)!]));
    for (const id of outputs.values()) this.#cells[id]!.to = this.#instructions.length;
    const inArena = this.#cells.flatMap((cell, id) => (cell.buffer === undefined ? [{ id, cell }] : []));
    const { offsets, bytes } = planMemory(inArena.map(({ cell }) => cell));
    const places = new Map(inArena.map(({ id }, i) => [id, offsets[i]!]));
    return { arenaBytes: bytes, instructions: this.#instructions, outputs, places };
  }

  finish(graph: Graph, operations: readonly string[]): Program {
    const { arenaBytes, outputs, places } = this.layOut(graph);
    const slots = this.#cells.flatMap((cell, id) => [
      cell.buffer === undefined ? 0 : 1,
      cell.buffer ?? places.get(id)!,
      cell.bytes,
    ]);
    const codes = new Map(operations.map((name, i) => [name, i]));
    const code = this.#instructions.flatMap(({ op, operands, numbers }) => {
      const place = codes.get(op);
      if (place === undefined) throw new Error(`the addon has no operation ${op}`);
      return [place, operands.length, numbers.length, ...operands.map((id) => id ?? -1), ...numbers];
    });
    return {
      slots: Float64Array.from(slots),
      code: Float64Array.from(code),
      arenaBytes,
      buffers: this.#buffers.map((value) => ({ name: value.name, shape: this.plan.shape(value), dtype: value.dtype })),
      feeds: new Map([...graph.feeds].map(([name, value]) => [name, this.#byValue.get(value)!])),
      outputs,
      checks: this.checks,
      feedTypes: new Map(
        [...graph.feeds].map(([name, value]) => [name, { dtype: value.dtype, count: this.count(value) }]),
      ),
    };
  }

  #input(value: Value | undefined, dtype: DType, count: number | undefined): CellId {
    const cell = value && this.#byValue.get(value);
    if (cell === undefined) throw new Error(`${value?.name ?? 'an input'} is not there yet`);
    if (value?.dtype !== dtype) throw new Error(`${value!.name} is of ${value!.dtype}, not ${dtype}`);
    if (count !== undefined && this.count(value) !== count)
      throw new Error(`${value.name} has ${this.count(value)} elements, not ${count}`);
    return cell;
  }

  #bytes(value: Value): number {
    const shape = this.plan.shape(value);
    if (!shape.every((size) => Number.isInteger(size) && size > 0 && size < 2 ** 31))
      throw new Error(`${value.name} is [${shape.join(', ')}]: sizes must be whole numbers from 1`);
    return byteCount(shape, value.dtype);
  }

  #newCell(bytes: number, from: number): CellId {
    this.#cells.push({ bytes, from, to: from });
    return this.#cells.length - 1;
  }
}

/** Tells an operation to the addon. */
export type Emitter<N extends OperationName> = (node: NodeOf<N>, builder: ProgramBuilder) => void;
