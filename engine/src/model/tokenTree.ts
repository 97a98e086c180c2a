/**
 * Rows of tokens that begin alike as trees, so that what they share goes through the model once: contexts under their candidates,
 * the beginning that all prompts of a task have, rows asked twice. A sequence holds trees in preorder, as `treeAttention` reads them.
 */

/** Token ids of which the last `scored` are asked for: log P(token | all before it). `scored` is below the length of `ids`. */
export interface ScoredRow {
  readonly ids: ArrayLike<number>;
  readonly scored: number;
}

/** One sequence of trees; arrays by position. */
export interface PackedTrees {
  readonly ids: number[];
  /** Depths: places in the rows. */
  readonly positions: number[];
  /** Where the descendants of each position end. */
  readonly ends: number[];
  /** Places of the head: positions of this sequence, and up to `mostTargets` ids asked for at each. */
  readonly at: number[];
  readonly targets: number[][];
  /** Rows that are in it, by their numbers; and by row the slots of its scored tokens: place · mostTargets + which of the targets. */
  readonly rows: number[];
  readonly slots: Int32Array[];
}

/** Ids asked for at one place; where there are more, the place is taken again. */
export const mostTargets = 16;

/** Numbers of the rows in the order of their ids, so that those that begin alike stand together; a row before its continuations. */
export function inOrder(rows: readonly ScoredRow[]): number[] {
  return [...rows.keys()].sort((a, b) => {
    const [x, y] = [rows[a]!.ids, rows[b]!.ids];
    const length = Math.min(x.length, y.length);
    for (let i = 0; i < length; i++) if (x[i] !== y[i]) return x[i]! - y[i]!;
    return x.length - y.length || a - b;
  });
}

/** How many tokens at the beginning two rows share; the last of a row is predicted and never read. */
function shared(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const most = Math.min(a.length, b.length) - 1;
  let i = 0;
  while (i < most && a[i] === b[i]) i++;
  return Math.max(0, i);
}

/** Tokens that go through the model for each of the rows in this order, if none were cut apart. */
export const newTokens = (rows: readonly ScoredRow[], order: readonly number[]): number[] =>
  order.map((row, i) => {
    const { ids } = rows[row]!;
    return Math.max(0, ids.length - 1) - (i === 0 ? 0 : shared(rows[order[i - 1]!]!.ids, ids));
  });

/**
 * Sequences of at most `capacity` positions, or of one row that is longer. What two rows share is computed once where they follow
 * each other in `order` and stand in the same sequence. Rows without scored tokens are in none.
 */
export function* packTrees(
  rows: readonly ScoredRow[],
  order: readonly number[],
  capacity: number,
): Generator<PackedTrees> {
  let builder = new TreeBuilder();
  for (const row of order) {
    const { ids, scored } = rows[row]!;
    if (scored <= 0) continue;
    if (builder.size > 0 && builder.size + builder.added(ids) > capacity) {
      yield builder.finish();
      builder = new TreeBuilder();
    }
    builder.add(row, ids, scored);
  }
  if (builder.size > 0) yield builder.finish();
}

class TreeBuilder {
  readonly #made: PackedTrees = { ids: [], positions: [], ends: [], at: [], targets: [], rows: [], slots: [] };
  /** The row that came last, and the positions of its tokens. */
  #last: ArrayLike<number> = [];
  readonly #path: number[] = [];
  /** By position: its place of the head that still takes targets. */
  readonly #places: number[] = [];

  get size(): number {
    return this.#made.ids.length;
  }

  added(ids: ArrayLike<number>): number {
    return ids.length - 1 - shared(this.#last, ids);
  }

  add(row: number, ids: ArrayLike<number>, scored: number): void {
    const made = this.#made;
    this.#leave(shared(this.#last, ids));
    for (let depth = this.#path.length; depth < ids.length - 1; depth++) {
      this.#path.push(made.ids.length);
      made.ids.push(ids[depth]!);
      made.positions.push(depth);
      made.ends.push(0);
      this.#places.push(-1);
    }
    const slots = new Int32Array(scored);
    for (let i = 0; i < scored; i++) {
      const depth = ids.length - scored + i;
      slots[i] = this.#slot(this.#path[depth - 1]!, ids[depth]!);
    }
    made.rows.push(row);
    made.slots.push(slots);
    this.#last = ids;
  }

  finish(): PackedTrees {
    this.#leave(0);
    return this.#made;
  }

  /** Keeps so many tokens of the path; the descendants of the others end here. */
  #leave(kept: number): void {
    for (const position of this.#path.splice(kept)) this.#made.ends[position] = this.#made.ids.length;
  }

  /** Where the probability of `target` behind a position will stand. */
  #slot(position: number, target: number): number {
    const { at, targets } = this.#made;
    const place = this.#places[position]!;
    const known = place < 0 ? -1 : targets[place]!.indexOf(target);
    if (known >= 0) return place * mostTargets + known;
    if (place >= 0 && targets[place]!.length < mostTargets)
      return place * mostTargets + targets[place]!.push(target) - 1;
    this.#places[position] = at.length;
    at.push(position);
    targets.push([target]);
    return (at.length - 1) * mostTargets;
  }
}
