/**
 * Which tokens of one language stand for which of another, learnt from texts that say the same: IBM Model 1 (Brown et al. 1993),
 * by expectation maximisation, in both directions. A link counts as far as both directions see it: the geometric mean of their
 * expected counts.
 */
import type { Work } from '../../base/progress.ts';
import { PairTable } from '../../tokenizers/pairTable.ts';

/** Ids of two texts that say the same, under the new tokenizer and under the old one. */
export interface TokenPair {
  readonly fresh: ArrayLike<number>;
  readonly old: ArrayLike<number>;
}

/** What a new token is linked to: old ids, the weightiest first, with expected numbers of links. */
export interface Links {
  readonly ids: readonly number[];
  readonly counts: readonly number[];
}

export interface Alignment {
  /** Links of a new token; undefined where it stands in no pair. */
  links(fresh: number): Links | undefined;
  /** Pairs that were learnt from; longer ones say little of single tokens and are left out, and so are those past the bound. */
  readonly pairs: number;
  readonly skipped: number;
}

const rounds = 5;
/** Longest side of a pair, in different tokens. */
const longest = 100;
/** Bound on cells (one for each two tokens of each pair): 4 bytes each. */
const maximumCells = 1 << 24;
/** Links with less than this share of a token's weightiest are noise, and no more than so many are kept. */
const leastShare = 0.1;
const mostLinks = 16;

/** Learns links for the tokens that `wanted` picks; the others explain their share away. */
export async function align(
  pairs: AsyncIterable<TokenPair> | Iterable<TokenPair>,
  wanted: (fresh: number) => boolean,
  work: Work = {},
): Promise<Alignment> {
  const corpus = await gather(pairs);
  const { cells, sentences, fresh, old, slots } = corpus;
  const [forward, backward] = [new Float32Array(slots).fill(1), new Float32Array(slots).fill(1)];
  const [nullFresh, nullOld] = [new Float64Array(fresh.size).fill(1), new Float64Array(old.size).fill(1)];
  let counted = { forward, backward };
  for (let round = 0; round < rounds; round++) {
    work.signal?.throwIfAborted();
    work.onProgress?.({ message: 'aligning the texts', fraction: round / rounds });
    const last = round === rounds - 1;
    const next = {
      forward: new Float32Array(slots),
      backward: new Float32Array(slots),
      nullFresh: new Float64Array(fresh.size),
      nullOld: new Float64Array(old.size),
    };
    let at = 0;
    for (const [n, { rows, columns }] of sentences.entries()) {
      if (n % 1024 === 0) await breathe(work);
      shareOut(cells, at, rows, columns, forward, nullFresh, next.forward, next.nullFresh, false);
      shareOut(cells, at, columns, rows, backward, nullOld, next.backward, next.nullOld, true);
      at += rows.length * columns.length;
    }
    counted = next;
    if (last) break;
    normalise(forward, next.forward, corpus.oldOf, old.size, nullFresh, next.nullFresh);
    normalise(backward, next.backward, corpus.freshOf, fresh.size, nullOld, next.nullOld);
  }
  const links = new Map<number, { id: number; count: number }[]>();
  const [freshIds, oldIds] = [[...fresh.keys()], [...old.keys()]];
  for (let slot = 0; slot < slots; slot++) {
    const id = freshIds[corpus.freshOf[slot]!]!;
    const count = Math.sqrt(counted.forward[slot]! * counted.backward[slot]!);
    if (!wanted(id) || count < 1e-3) continue;
    const list = links.get(id);
    if (list === undefined) links.set(id, [{ id: oldIds[corpus.oldOf[slot]!]!, count }]);
    else list.push({ id: oldIds[corpus.oldOf[slot]!]!, count });
  }
  return {
    pairs: sentences.length,
    skipped: corpus.skipped,
    links: (id) => {
      const all = links.get(id)?.sort((a, b) => b.count - a.count || a.id - b.id);
      if (all === undefined) return undefined;
      const kept = all.slice(0, mostLinks).filter(({ count }) => count >= leastShare * all[0]!.count);
      return { ids: kept.map(({ id: old }) => old), counts: kept.map(({ count }) => count) };
    },
  };
}

/** The different tokens of a pair, as numbers in their tables, each with its times. */
interface Sentence {
  readonly rows: Side;
  readonly columns: Side;
}
interface Side {
  readonly length: number;
  readonly tokens: Int32Array;
  readonly times: Int32Array;
}

/** The pairs with every cell's slot: one slot for each two tokens that stand in one pair somewhere. */
async function gather(pairs: AsyncIterable<TokenPair> | Iterable<TokenPair>) {
  const [fresh, old] = [new Map<number, number>(), new Map<number, number>()];
  const table = new PairTable(1 << 16);
  const cells = new Growing();
  const [freshOf, oldOf] = [new Growing(), new Growing()];
  const sentences: Sentence[] = [];
  let skipped = 0;
  for await (const pair of pairs) {
    // What stands in both texts (figures, names, code) stands for itself.
    const shared = intersection(pair.fresh, pair.old);
    const [rows, columns] = [sideOf(pair.fresh, shared, fresh), sideOf(pair.old, shared, old)];
    const size = rows.length * columns.length;
    if (size === 0 || rows.length > longest || columns.length > longest || cells.length + size > maximumCells) {
      skipped++;
      continue;
    }
    for (const row of rows.tokens) {
      for (const column of columns.tokens) {
        let slot = table.get(row, column);
        if (slot < 0) {
          table.set(row, column, (slot = freshOf.length));
          freshOf.push(row);
          oldOf.push(column);
        }
        cells.push(slot);
      }
    }
    sentences.push({ rows, columns });
  }
  return {
    ...{ cells: cells.values, sentences, fresh, old, skipped },
    ...{ slots: freshOf.length, freshOf: freshOf.values, oldOf: oldOf.values },
  };
}

function intersection(a: ArrayLike<number>, b: ArrayLike<number>): ReadonlySet<number> {
  const ids = new Set(Array.from(a));
  return new Set(Array.from(b).filter((id) => ids.has(id)));
}

function sideOf(ids: ArrayLike<number>, without: ReadonlySet<number>, table: Map<number, number>): Side {
  const times = new Map<number, number>();
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (without.has(id)) continue;
    let token = table.get(id);
    if (token === undefined) table.set(id, (token = table.size));
    times.set(token, (times.get(token) ?? 0) + 1);
  }
  return { length: times.size, tokens: Int32Array.from(times.keys()), times: Int32Array.from(times.values()) };
}

/**
 * One pair in one direction: each token of `made` is shared out over the tokens of `from` and over nothing, by what is known
 * so far. Cells are [rows, columns]; `turned` where `made` are the columns.
 */
function shareOut(
  cells: Int32Array,
  at: number,
  made: Side,
  from: Side,
  known: Float32Array,
  nothing: Float64Array,
  counts: Float32Array,
  nothingCounts: Float64Array,
  turned: boolean,
): void {
  const [step, stride] = turned ? [made.length, 1] : [1, from.length];
  for (let m = 0; m < made.length; m++) {
    const token = made.tokens[m]!;
    let total = nothing[token]!;
    for (let f = 0, cell = at + m * stride; f < from.length; f++, cell += step)
      total += from.times[f]! * known[cells[cell]!]!;
    if (total === 0) continue;
    const share = made.times[m]! / total;
    nothingCounts[token]! += share * nothing[token]!;
    for (let f = 0, cell = at + m * stride; f < from.length; f++, cell += step) {
      const slot = cells[cell]!;
      counts[slot]! += share * from.times[f]! * known[slot]!;
    }
  }
}

/** Probabilities from counts: what a token is made from sums to 1 over what is made of it. */
function normalise(
  known: Float32Array,
  counts: Float32Array,
  fromOf: Int32Array,
  size: number,
  nothing: Float64Array,
  nothingCounts: Float64Array,
): void {
  const sums = new Float64Array(size);
  for (let slot = 0; slot < counts.length; slot++) sums[fromOf[slot]!]! += counts[slot]!;
  for (let slot = 0; slot < counts.length; slot++) known[slot] = counts[slot]! / (sums[fromOf[slot]!]! || 1);
  const all = nothingCounts.reduce((sum, count) => sum + count, 0);
  for (let i = 0; i < nothing.length; i++) nothing[i] = nothingCounts[i]! / (all || 1);
}

/** Lets others in: a stop is noticed. */
async function breathe(work: Work): Promise<void> {
  await new Promise((done) => setImmediate(done));
  work.signal?.throwIfAborted();
}

/** A list of numbers that grows. */
class Growing {
  length = 0;
  #values = new Int32Array(1 << 12);

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Int32Array(2 * this.length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length++] = value;
  }

  get values(): Int32Array {
    return this.#values.subarray(0, this.length);
  }
}
