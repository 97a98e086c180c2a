/**
 * Operations of ggml, written down to be made later, any number of times. Shapes, types and strides are checked here, since ggml
 * ends the process where they do not fit. Sizes stand in ggml's order: the innermost first, four of them.
 */
import { types } from './signatures.ts';
import type { GgmlFunctions, Pointer, TensorType } from './signatures.ts';

export type Extents = readonly [number, number, number, number];

export interface Tensor {
  readonly id: number;
  readonly type: TensorType;
  readonly ne: Extents;
  /** Strides in elements. */
  readonly nb: Extents;
  /** The tensor whose memory this is a look at; itself where it has its own. */
  readonly memory: number;
}

/** Makes a tensor in a context; `at` gives the tensors before it. */
export type Make = (f: GgmlFunctions, context: Pointer, at: (tensor: Tensor) => Pointer) => Pointer;

export interface Instruction {
  readonly tensor: Tensor;
  readonly make: Make;
  /** Something is computed, which has its place in the order. Absent: a look at memory, or what is given from outside. */
  readonly computes: boolean;
}

const dense = ([a, b, c]: Extents): Extents => [1, a, a * b, a * b * c];
export const count = ({ ne }: Tensor): number => ne[0] * ne[1] * ne[2] * ne[3];
const text = ({ ne, type }: Tensor): string => `[${ne.join(', ')}] ${type}`;
const same = (a: Extents, b: Extents): boolean => a.every((size, i) => size === b[i]);
/** Extents of 1 may have any stride. */
export const isDense = ({ ne, nb }: Tensor): boolean => dense(ne).every((stride, i) => ne[i] === 1 || stride === nb[i]);
const hasDenseRows = ({ ne, nb }: Tensor): boolean => ne[0] === 1 || nb[0] === 1;

/** Elements that kernels can count. */
const limit = 2 ** 31;

/** What one core does in a microsecond, roughly: multiply-adds, and elements moved. */
const perMicrosecond = { products: 25_000, elements: 1000 } as const;

export class Tensors {
  readonly instructions: Instruction[] = [];
  #microseconds = 0;

  /** How long one core computes at an operation, roughly, on average. */
  get microsecondsEach(): number {
    return this.#microseconds / Math.max(1, this.instructions.filter(({ computes }) => computes).length);
  }

  /** Something that is given: a feed, a buffer. */
  given(type: TensorType, ne: Extents, make: Make): Tensor {
    return this.#put(type, ne, make, { computes: false });
  }

  add = (a: Tensor, b: Tensor): Tensor => this.#elementwise('ggml_add', a, b);
  sub = (a: Tensor, b: Tensor): Tensor => this.#elementwise('ggml_sub', a, b);
  /** b may be of extent 1 where a is larger. */
  mul = (a: Tensor, b: Tensor): Tensor => this.#elementwise('ggml_mul', a, b);
  div = (a: Tensor, b: Tensor): Tensor => this.#elementwise('ggml_div', a, b);

  /** a += b, in a's memory. Read the answer, not a. */
  addInto(a: Tensor, b: Tensor): Tensor {
    this.#floats(a, b);
    this.#check(same(a.ne, b.ne) && hasDenseRows(a) && hasDenseRows(b), 'addInto', a, b);
    return this.#over(a, (f, c, at) => f.ggml_add_inplace(c, at(a), at(b)));
  }
  fill(a: Tensor, value: number): Tensor {
    this.#floats(a);
    this.#check(isDense(a), 'fill', a);
    return this.#over(a, (f, c, at) => f.ggml_fill_inplace(c, at(a), value));
  }
  /** factor · a + bias */
  scale(a: Tensor, factor: number, bias = 0): Tensor {
    this.#floats(a);
    this.#check(isDense(a), 'scale', a);
    return this.#like(a, (f, c, at) =>
      bias === 0 ? f.ggml_scale(c, at(a), factor) : f.ggml_scale_bias(c, at(a), factor, bias),
    );
  }
  sqr = (a: Tensor): Tensor => this.#unary('ggml_sqr', a);
  sqrt = (a: Tensor): Tensor => this.#unary('ggml_sqrt', a);
  log = (a: Tensor): Tensor => this.#unary('ggml_log', a);
  silu = (a: Tensor): Tensor => this.#unary('ggml_silu', a);
  /** The sum of all elements: [1]. */
  sum(a: Tensor): Tensor {
    this.#floats(a);
    this.#check(isDense(a), 'sum', a);
    return this.#put('float32', [1, 1, 1, 1], (f, c, at) => f.ggml_sum(c, at(a)));
  }
  /** Sums along the innermost extent. */
  sumRows(a: Tensor): Tensor {
    this.#floats(a);
    this.#check(isDense(a), 'sumRows', a);
    return this.#put('float32', [1, a.ne[1], a.ne[2], a.ne[3]], (f, c, at) => f.ggml_sum_rows(c, at(a)));
  }
  /** Where each row of a matrix is largest: int32 [rows]. */
  argmax(a: Tensor): Tensor {
    this.#floats(a);
    this.#check(isDense(a) && a.ne[2] === 1 && a.ne[3] === 1, 'argmax', a);
    return this.#put('int32', [a.ne[1], 1, 1, 1], (f, c, at) => f.ggml_argmax(c, at(a)));
  }
  /** In a's memory. */
  clamp(a: Tensor, least: number, most: number): Tensor {
    this.#floats(a);
    this.#check(isDense(a), 'clamp', a);
    return this.#over(a, (f, c, at) => f.ggml_clamp(c, at(a), least, most));
  }
  /** a again and again, until it has these extents. */
  repeat(a: Tensor, ne: Extents): Tensor {
    this.#floats(a);
    this.#check(isDense(a) && ne.every((size, i) => size % a.ne[i]! === 0), `repeat to [${ne.join(', ')}] of`, a);
    return this.#put('float32', ne, (f, c, at) => f.ggml_repeat_4d(c, at(a), ...ne));
  }
  /** The sum over all rows of a matrix: [columns]. */
  sumOverRows(a: Tensor, like: Tensor): Tensor {
    this.#floats(a, like);
    this.#check(isDense(a) && count(like) === a.ne[0] && like.ne[0] === a.ne[0], 'sumOverRows', a, like);
    return this.#put('float32', like.ne, (f, c, at) => f.ggml_repeat_back(c, at(a), at(like)));
  }
  /** One behind the other along an extent. */
  concat(a: Tensor, b: Tensor, dimension: 0 | 1 | 2 | 3): Tensor {
    this.#floats(a, b);
    const fits = a.ne.every((size, i) => i === dimension || size === b.ne[i]);
    this.#check(fits && isDense(a) && isDense(b), 'concat', a, b);
    const ne = a.ne.map((size, i) => (i === dimension ? size + b.ne[i] : size)) as [number, number, number, number];
    return this.#put('float32', ne, (f, c, at) => f.ggml_concat(c, at(a), at(b), dimension));
  }
  /** Elements move by so many places along the second extent; what leaves at the end comes in again at the start. */
  roll(a: Tensor, by: number): Tensor {
    this.#floats(a);
    this.#check(isDense(a) && Math.abs(by) < a.ne[1], 'roll', a);
    return this.#like(a, (f, c, at) => f.ggml_roll(c, at(a), 0, by, 0, 0));
  }
  swiglu(gate: Tensor, up: Tensor): Tensor {
    this.#alike('swiglu', gate, up);
    return this.#like(gate, (f, c, at) => f.ggml_swiglu_split(c, at(gate), at(up)));
  }
  siluBack(dy: Tensor, x: Tensor): Tensor {
    this.#alike('siluBack', dy, x);
    return this.#like(dy, (f, c, at) => f.ggml_silu_back(c, at(dy), at(x)));
  }
  rmsNorm(a: Tensor, epsilon: number): Tensor {
    this.#floats(a);
    this.#check(isDense(a) && epsilon >= 0, 'rmsNorm', a);
    return this.#like(a, (f, c, at) => f.ggml_rms_norm(c, at(a), epsilon));
  }
  rmsNormBack(dy: Tensor, x: Tensor, epsilon: number): Tensor {
    this.#alike('rmsNormBack', dy, x);
    return this.#like(dy, (f, c, at) => f.ggml_rms_norm_back(c, at(dy), at(x), epsilon));
  }
  /**
   * a [K, M, …], b [K, N, …] → [M, N, …]: rows times rows. The outer extents of b are multiples of a's. In float32, a may be of
   * bfloat16; then b is rounded to it.
   */
  product(a: Tensor, b: Tensor): Tensor {
    const fits = a.ne[0] === b.ne[0] && b.ne[2] % a.ne[2] === 0 && b.ne[3] % a.ne[3] === 0;
    const typesFit = (a.type === 'float32' || a.type === 'bfloat16') && b.type === 'float32';
    // A row with stride 1, and rows that do not lie in one another.
    const rows = [a, b].every((t) => hasDenseRows(t) && (t.ne[1] === 1 || t.nb[1] >= t.ne[0]));
    this.#check(fits && typesFit && rows, 'product', a, b);
    this.#microseconds += (count(b) * a.ne[1]) / perMicrosecond.products + count(a) / perMicrosecond.elements;
    return this.#put('float32', [a.ne[1], b.ne[1], b.ne[2], b.ne[3]], (f, c, at) => f.ggml_mul_mat(c, at(a), at(b)));
  }
  /** In memory of its own, one element behind the other, if need be in another type. */
  copy(a: Tensor, type: 'float32' | 'bfloat16' = 'float32'): Tensor {
    this.#check(a.type === 'float32' || a.type === 'bfloat16', 'copy', a);
    if (type === a.type) return this.#put(type, a.ne, (f, c, at) => f.ggml_cont(c, at(a)));
    return this.#put(type, a.ne, (f, c, at) => f.ggml_cast(c, at(a), types[type]));
  }
  reshape(a: Tensor, n0: number, n1 = 1, n2 = 1, n3 = 1): Tensor {
    const ne = [n0, n1, n2, n3] as const;
    this.#check(isDense(a) && n0 * n1 * n2 * n3 === count(a), `reshape to [${ne.join(', ')}] of`, a);
    if (same(ne, a.ne)) return a;
    return this.#look(a, ne, dense(ne), (f, c, at) => f.ggml_reshape_4d(c, at(a), ...ne));
  }
  /** Extent i of a becomes extent order[i]. */
  permute(a: Tensor, ...order: [number, number, number, number]): Tensor {
    this.#check(
      [0, 1, 2, 3].every((i) => order.includes(i)),
      `permute by ${order.join()} of`,
      a,
    );
    const moved = (from: Extents): Extents => [0, 1, 2, 3].map((to) => from[order.indexOf(to)]!) as unknown as Extents;
    return this.#look(a, moved(a.ne), moved(a.nb), (f, c, at) => f.ggml_permute(c, at(a), ...order));
  }
  /** Rows [from, from + n) of a dense matrix. */
  rows(a: Tensor, from: number, n: number): Tensor {
    const inside = from >= 0 && n > 0 && from + n <= a.ne[1] && a.ne[2] === 1 && a.ne[3] === 1;
    this.#check(isDense(a) && inside, `rows ${from} to ${from + n} of`, a);
    return this.slice(a, 1, from, n);
  }
  /** [from, from + n) along an extent. */
  slice(a: Tensor, dimension: 0 | 1 | 2 | 3, from: number, n: number): Tensor {
    this.#check(from >= 0 && n > 0 && from + n <= a.ne[dimension], `slice ${dimension}, ${from} to ${from + n} of`, a);
    if (n === a.ne[dimension]) return a;
    const ne = a.ne.map((size, i) => (i === dimension ? n : size)) as unknown as Extents;
    const bytes = types[a.type] === types.bfloat16 || types[a.type] === types.float16 ? 2 : 4;
    const [, s1, s2, s3] = a.nb.map((stride) => stride * bytes) as unknown as Extents;
    const offset = from * a.nb[dimension] * bytes;
    return this.#look(a, ne, a.nb, (f, c, at) => f.ggml_view_4d(c, at(a), ...ne, s1, s2, s3, offset));
  }
  /** table [W, V, …], at int32 [n, …] → [W, n, …]; the outer extents of both are the same. What stands in `at` is checked when it is fed. */
  getRows(table: Tensor, at: Tensor): Tensor {
    const fits = table.ne[2] === at.ne[1] && table.ne[3] === at.ne[2] && at.ne[3] === 1;
    this.#check(
      fits && table.type !== 'int32' && at.type === 'int32' && hasDenseRows(table) && isDense(at),
      'getRows',
      table,
      at,
    );
    const ne = [table.ne[0], at.ne[0], at.ne[1], at.ne[2]] as const;
    return this.#put('float32', ne, (f, c, get) => f.ggml_get_rows(c, get(table), get(at)));
  }
  /** table [W, V, …] with rows [W, n, …] written where `at` int32 [n, …] says, in its memory. */
  setRows(table: Tensor, rows: Tensor, at: Tensor): Tensor {
    const [n0, n1, n2, n3] = rows.ne;
    const fits =
      n0 === table.ne[0] &&
      n2 === table.ne[2] &&
      n3 === table.ne[3] &&
      at.ne[0] === n1 &&
      at.ne[1] === n2 &&
      at.ne[2] === n3;
    this.#floats(table, rows);
    this.#check(
      fits && at.type === 'int32' && isDense(table) && isDense(rows) && isDense(at),
      'setRows',
      table,
      rows,
      at,
    );
    return this.#over(table, (f, c, get) => f.ggml_set_rows(c, get(table), get(rows), get(at)));
  }
  /** softmax(scale · a + mask) along the innermost extent, in a's memory. The mask's third and fourth extents divide a's. */
  softmaxInto(a: Tensor, mask: Tensor | undefined, scale: number): Tensor {
    this.#floats(a);
    if (mask !== undefined) {
      const fits =
        mask.ne[0] === a.ne[0] && mask.ne[1] === a.ne[1] && a.ne[2] % mask.ne[2] === 0 && a.ne[3] % mask.ne[3] === 0;
      this.#check(fits && mask.type === 'float32' && isDense(mask), 'softmax', a, mask);
    }
    this.#check(isDense(a), 'softmax', a);
    return this.#over(a, (f, c, at) =>
      f.ggml_soft_max_ext_inplace(c, at(a), mask === undefined ? null : at(mask), scale, 0),
    );
  }
  /** scale · y · (dy - Σ y · dy), row by row. */
  softmaxBack(dy: Tensor, y: Tensor, scale: number): Tensor {
    this.#alike('softmaxBack', dy, y);
    return this.#like(dy, (f, c, at) => f.ggml_soft_max_ext_back(c, at(dy), at(y), scale, 0));
  }
  /** numbers [7]: learning rate, beta1, beta2, epsilon, weight decay, 1 / correction of m, and of v. w, m and v in their memory. */
  adamw(w: Tensor, gradient: Tensor, m: Tensor, v: Tensor, numbers: Tensor): Tensor {
    this.#floats(w, gradient, m, v, numbers);
    const all = [w, gradient, m, v];
    this.#check(all.every((t) => isDense(t) && same(t.ne, w.ne)) && count(numbers) === 7, 'adamw', ...all, numbers);
    return this.#over(w, (f, c, at) => {
      f.ggml_set_param(at(w));
      return f.ggml_opt_step_adamw(c, at(w), at(gradient), at(m), at(v), at(numbers));
    });
  }

  #unary(name: 'ggml_sqr' | 'ggml_sqrt' | 'ggml_log' | 'ggml_silu', a: Tensor): Tensor {
    this.#floats(a);
    this.#check(isDense(a), name, a);
    return this.#like(a, (f, c, at) => f[name](c, at(a)));
  }
  #elementwise(name: 'ggml_add' | 'ggml_sub' | 'ggml_mul' | 'ggml_div', a: Tensor, b: Tensor): Tensor {
    this.#floats(a, b);
    const fits = a.ne.every((size, i) => size % b.ne[i]! === 0) && hasDenseRows(a) && hasDenseRows(b);
    this.#check(fits, name, a, b);
    return this.#put('float32', a.ne, (f, c, at) => f[name](c, at(a), at(b)));
  }
  #alike(what: string, a: Tensor, b: Tensor): void {
    this.#floats(a, b);
    this.#check(same(a.ne, b.ne) && isDense(a) && isDense(b), what, a, b);
  }
  #floats(...all: readonly Tensor[]): void {
    for (const t of all) this.#check(t.type === 'float32', 'float32 is needed, but there is', t);
  }
  #check(fits: boolean, what: string, ...operands: readonly Tensor[]): void {
    if (!fits) throw new Error(`ggml: ${what} ${operands.map(text).join(' and ')} does not fit`);
  }
  #like(a: Tensor, make: Make): Tensor {
    return this.#put('float32', a.ne, make);
  }
  /** Writes over a's memory. */
  #over(a: Tensor, make: Make): Tensor {
    return this.#put(a.type, a.ne, make, { nb: a.nb, memory: a.memory });
  }
  #look(a: Tensor, ne: Extents, nb: Extents, make: Make): Tensor {
    return this.#put(a.type, ne, make, { nb, memory: a.memory, computes: false });
  }
  #put(
    type: TensorType,
    ne: Extents,
    make: Make,
    { nb = dense(ne), memory, computes = true }: { nb?: Extents; memory?: number; computes?: boolean } = {},
  ): Tensor {
    const size = ne[0] * ne[1] * ne[2] * ne[3];
    if (!ne.every((n) => Number.isSafeInteger(n) && n > 0) || size >= limit)
      throw new Error(
        `ggml: a tensor [${ne.join(', ')}] cannot be: sizes are whole numbers from 1, elements below 2^31`,
      );
    const id = this.instructions.length;
    const tensor: Tensor = { id, type, ne, nb, memory: memory ?? id };
    if (computes) this.#microseconds += size / perMicrosecond.elements;
    this.instructions.push({ tensor, make, computes });
    return tensor;
  }
}
