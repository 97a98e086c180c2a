/**
 * Byte-pair encoding (Sennrich et al. 2016) over segments: the two neighbours that stand together most often become one
 * piece, and so on. Counts are kept up with each merge; where three equal symbols stand in a row only two make a pair.
 * Of pairs that are equally frequent the one that stands in more different segments comes first (new texts rather have it
 * too), then the one whose piece is shorter, then the one made of older pieces.
 */
import type { Steps } from '../../base/steps.ts';
import { PairTable } from '../../tokenizers/pairTable.ts';
import { grown } from './byteStrings.ts';
import { PairHeap } from './pairHeap.ts';
import type { Segments } from './segments.ts';

export interface Merges {
  /** In the order in which they were made. */
  readonly pieces: readonly string[];
  /** Number of pieces that the text is made of in the end, each as often as it occurs. */
  readonly tokens: number;
}

/** Places looked at between two pauses. */
const workAtOnce = 1 << 16;

/**
 * Makes up to `wanted` pieces of two characters or more; fewer where the text has no more pairs. `onPiece` is told
 * their number now and then.
 */
export function* mergePairs(
  segments: Segments,
  wanted: number,
  longest: number,
  onPiece: (pieces: number) => void,
): Steps<Merges> {
  const state = new Symbols(segments, longest);
  yield* state.countPairs();
  const pieces: string[] = [];
  let work = 0;
  while (pieces.length < wanted) {
    const pair = state.mostFrequent();
    if (pair < 0) break;
    const piece = state.textOf(pair);
    // A piece may be made in two ways (`a|bc`, `ab|c`): the second is merged as well, but is no new piece.
    if (state.isNew(piece)) pieces.push(piece);
    work += state.merge(pair, piece);
    if (work > workAtOnce) {
      work = 0;
      onPiece(pieces.length);
      yield;
    }
  }
  return { pieces, tokens: state.tokens };
}

class Symbols {
  /** The text's symbols: the number of one at the place where it begins, -2 at its other places, -1 between segments. */
  private readonly at: Int32Array;
  /** Length of a symbol, at its first and at its last place. */
  private readonly lengthAt: Uint16Array;
  /** How often the segment of a place occurs. */
  private readonly countAt: Float64Array;
  private readonly texts: string[];
  private readonly lengths: number[];
  private readonly numbers = new Map<string, number>();
  /** The number of a pair by its symbols; for each what it is made of, how often it stands somewhere, and its last place. */
  private readonly pairs = new PairTable(1 << 16);
  private left = new Int32Array(1 << 12);
  private right = new Int32Array(1 << 12);
  private counts = new Float64Array(1 << 12);
  private lastPlace = new Int32Array(1 << 12);
  /** Number of places that were ever noted, each once however often its segment occurs. */
  private variety = new Int32Array(1 << 12);
  private pairCount = 0;
  /** Places of pairs, in chains: a place and the entry before it, or -1. Those that no longer hold are found when they are used. */
  private places: Int32Array;
  private entryBefore: Int32Array;
  private placeCount = 0;
  private readonly heap: PairHeap;
  /** Pairs that the merge under way has made more frequent, each once. */
  private readonly risen: number[] = [];
  private risenIn = new Int32Array(1 << 12);
  private mergeNumber = 0;
  /** Number of symbols of the text, each as often as it occurs. */
  tokens = 0;

  constructor(
    segments: Segments,
    private readonly longest: number,
  ) {
    const { text, starts, counts, characters } = segments;
    this.at = Int32Array.from(text);
    this.lengthAt = new Uint16Array(text.length).fill(1);
    this.countAt = new Float64Array(text.length);
    for (let i = 0; i < counts.length; i++) this.countAt.fill(counts[i]!, starts[i], starts[i + 1]);
    this.texts = [...characters];
    this.lengths = characters.map(() => 1);
    for (const [number, character] of characters.entries()) this.numbers.set(character, number);
    this.places = new Int32Array(text.length + 1);
    this.entryBefore = new Int32Array(text.length + 1);
    this.heap = new PairHeap((a, b) => this.comesBefore(a, b));
  }

  *countPairs(): Steps<void> {
    const { at, countAt } = this;
    let equal = 0;
    for (let place = 0; place < at.length; place++) {
      const left = at[place]!;
      if (left < 0) continue;
      const count = countAt[place]!;
      const right = at[place + 1]!;
      this.tokens += count;
      // Of a row of equal symbols every second pair counts.
      equal = left === right ? equal + 1 : 0;
      if (right >= 0) this.addPlace(left, right, place, equal % 2 === 0 && equal > 0 ? 0 : count);
      if (place % workAtOnce === 0) yield;
    }
    for (let pair = 0; pair < this.pairCount; pair++) this.heap.push(pair, this.counts[pair]!);
  }

  /** The most frequent pair, or -1 where there is none left. */
  mostFrequent(): number {
    const { heap, counts } = this;
    while (heap.pop()) {
      const { pair, count } = heap;
      const now = counts[pair]!;
      if (now === count && count > 0) return pair;
      // It has become rarer since: back with what it counts now. One that became more frequent was pushed again then.
      if (now < count && now > 0) heap.push(pair, now);
    }
    return -1;
  }

  textOf(pair: number): string {
    return this.texts[this.left[pair]!]! + this.texts[this.right[pair]!]!;
  }

  isNew(piece: string): boolean {
    return !this.numbers.has(piece);
  }

  /** Puts a pair together wherever it stands; answers the number of places looked at. */
  merge(pair: number, piece: string): number {
    const { at, lengthAt } = this;
    const left = this.left[pair]!;
    const right = this.right[pair]!;
    const leftLength = this.lengths[left]!;
    const length = leftLength + this.lengths[right]!;
    const merged = this.numbers.get(piece) ?? this.newSymbol(piece, length);
    this.counts[pair] = 0;
    this.mergeNumber++;
    const places = this.placesOf(pair, left === right);
    for (const place of places) {
      const second = place + leftLength;
      if (at[place] !== left || at[second] !== right) continue;
      const count = this.countAt[place]!;
      const previous = this.previous(place);
      const next = place + length;
      const before = previous < 0 ? -1 : at[previous]!;
      const after = at[next]!;
      if (before >= 0) this.takeAway(before, left, previous, place, count, pair);
      if (after >= 0) this.takeAway(right, after, second, next, count, pair);
      at[place] = merged;
      at[second] = -2;
      lengthAt[place] = length;
      lengthAt[next - 1] = length;
      this.tokens -= count;
      if (before === merged || after === merged) this.addEqual(merged, previous, place, next, count);
      if (before >= 0 && before !== merged) this.addPlace(before, merged, previous, count);
      if (after >= 0 && after !== merged) this.addPlace(merged, after, place, count);
    }
    for (const changed of this.risen) this.heap.push(changed, this.counts[changed]!);
    this.risen.length = 0;
    return places.length + 1;
  }

  private newSymbol(text: string, length: number): number {
    const number = this.texts.push(text) - 1;
    this.lengths.push(length);
    this.numbers.set(text, number);
    return number;
  }

  /** Where the symbol before a place begins, or -1. */
  private previous(place: number): number {
    return place === 0 || this.at[place - 1] === -1 ? -1 : place - this.lengthAt[place - 1]!;
  }

  /** The places of a pair, as they were noted; in order where that matters: of `aaa` the first two are put together. */
  private placesOf(pair: number, inOrder: boolean): Int32Array {
    let count = 0;
    for (let entry = this.lastPlace[pair]!; entry >= 0; entry = this.entryBefore[entry]!) count++;
    const places = new Int32Array(count);
    for (let entry = this.lastPlace[pair]!; entry >= 0; entry = this.entryBefore[entry]!) {
      places[--count] = this.places[entry]!;
    }
    this.lastPlace[pair] = -1;
    return inOrder ? places.sort() : places;
  }

  /** Two neighbours part, since one of them is merged with its other neighbour. */
  private takeAway(left: number, right: number, place: number, second: number, count: number, merging: number): void {
    const pair = this.pairs.get(left, right);
    if (pair < 0 || pair === merging) return;
    // A row of equal symbols loses one at its end: that is a pair less where their number was even.
    if (left === right && (this.equalBefore(left, place) + this.equalFrom(left, second)) % 2 !== 0) return;
    this.counts[pair] = this.counts[pair]! - count;
  }

  /** The merged symbol joins rows of its equals on one or both sides. */
  private addEqual(symbol: number, previous: number, place: number, next: number, count: number): void {
    const before = this.equalBefore(symbol, previous);
    const after = this.equalFrom(symbol, next);
    const more = Math.floor((before + 1 + after) / 2) - Math.floor(before / 2) - Math.floor(after / 2);
    if (before > 0) this.addPlace(symbol, symbol, previous, more * count);
    if (after > 0) this.addPlace(symbol, symbol, place, before > 0 ? 0 : more * count);
  }

  /** Number of equal symbols in a row of which the last begins at a place. */
  private equalBefore(symbol: number, place: number): number {
    let equal = 0;
    for (let at = place; at >= 0 && this.at[at] === symbol; at = this.previous(at)) equal++;
    return equal;
  }

  /** Number of equal symbols in a row of which the first begins at a place. */
  private equalFrom(symbol: number, place: number): number {
    let equal = 0;
    for (let at = place; this.at[at] === symbol; at += this.lengths[symbol]!) equal++;
    return equal;
  }

  private addPlace(left: number, right: number, place: number, count: number): void {
    let pair = this.pairs.get(left, right);
    if (pair < 0) {
      if (this.lengths[left]! + this.lengths[right]! > this.longest) return;
      pair = this.newPair(left, right);
    }
    if (this.placeCount === this.places.length) {
      this.places = grown(this.places, new Int32Array(2 * this.placeCount));
      this.entryBefore = grown(this.entryBefore, new Int32Array(2 * this.placeCount));
    }
    const entry = this.placeCount++;
    this.places[entry] = place;
    this.entryBefore[entry] = this.lastPlace[pair]!;
    this.lastPlace[pair] = entry;
    this.variety[pair] = this.variety[pair]! + 1;
    if (count === 0) return;
    this.counts[pair] = this.counts[pair]! + count;
    if (this.mergeNumber > 0 && this.risenIn[pair] !== this.mergeNumber) {
      this.risenIn[pair] = this.mergeNumber;
      this.risen.push(pair);
    }
  }

  private newPair(left: number, right: number): number {
    const pair = this.pairCount++;
    if (pair === this.left.length) {
      this.left = grown(this.left, new Int32Array(2 * pair));
      this.right = grown(this.right, new Int32Array(2 * pair));
      this.counts = grown(this.counts, new Float64Array(2 * pair));
      this.lastPlace = grown(this.lastPlace, new Int32Array(2 * pair));
      this.variety = grown(this.variety, new Int32Array(2 * pair));
      this.risenIn = grown(this.risenIn, new Int32Array(2 * pair));
    }
    this.pairs.set(left, right, pair);
    this.left[pair] = left;
    this.right[pair] = right;
    this.lastPlace[pair] = -1;
    return pair;
  }

  private comesBefore(a: number, b: number): boolean {
    const { left, right, lengths } = this;
    if (this.variety[a] !== this.variety[b]) return this.variety[a]! > this.variety[b]!;
    const longer = lengths[left[a]!]! + lengths[right[a]!]! - lengths[left[b]!]! - lengths[right[b]!]!;
    if (longer !== 0) return longer < 0;
    return left[a] !== left[b] ? left[a]! < left[b]! : right[a]! < right[b]!;
  }
}
