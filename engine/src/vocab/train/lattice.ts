/**
 * All ways to spell segments in pieces, for the unigram model's training: how often each piece is expected (forward-backward),
 * which spelling is the best (Viterbi). Where each piece stands is found once; when pieces go, their places are dropped.
 */
import type { Steps } from '../../base/steps.ts';
import type { Seeds } from './seeds.ts';
import { longestSegment, type Segments } from './segments.ts';

/** Occurrences of pieces looked at between two pauses. */
const workAtOnce = 1 << 18;

/** Below this, forward sums are scaled up: segments of hundreds of characters would run out of numbers. */
const small = 2 ** -300;
const scale = 2 ** 300;

export class Lattice {
  /** The pieces that end with the character at place p are entries [first[p], first[p + 1]). */
  private readonly first: Int32Array;
  private pieces: Int32Array;
  private lengths: Uint16Array;
  private readonly longest: number;

  constructor(
    private readonly segments: Segments,
    seeds: Seeds,
  ) {
    const { text, characters } = segments;
    const { places, from, to, lengthOf, size } = seeds;
    const first = new Int32Array(text.length + 1);
    for (let place = 0; place < text.length; place++) if (text[place]! >= 0) first[place + 1] = 1;
    for (let i = 0; i < from.length; i++) {
      const length = lengthOf[characters.length + i]!;
      for (let k = from[i]!; k < to[i]!; k++) first[places[k]! + length]!++;
    }
    for (let place = 0; place < text.length; place++) first[place + 1]! += first[place]!;
    const entries = first[text.length]!;
    this.pieces = new Int32Array(entries);
    this.lengths = new Uint16Array(entries);
    const next = first.slice();
    const put = (place: number, length: number, piece: number) => {
      const entry = next[place + length - 1]!++;
      this.pieces[entry] = piece;
      this.lengths[entry] = length;
    };
    for (let place = 0; place < text.length; place++) if (text[place]! >= 0) put(place, 1, text[place]!);
    let longest = 1;
    for (let piece = characters.length; piece < size; piece++) {
      const i = piece - characters.length;
      const length = lengthOf[piece]!;
      longest = Math.max(longest, length);
      for (let k = from[i]!; k < to[i]!; k++) put(places[k]!, length, piece);
    }
    this.first = first;
    this.longest = longest;
  }

  /**
   * How often each piece is expected in the text, where a spelling is as likely as the product of its pieces'
   * probabilities. All sums are of positive numbers, scaled where they get small, so that no logarithm is needed.
   */
  *expected(probabilities: Float64Array): Steps<Float64Array> {
    const { first, pieces, lengths, longest } = this;
    const { starts, counts } = this.segments;
    const expected = new Float64Array(probabilities.length);
    const forward = new Float64Array(longestSegment + 1);
    const inverse = new Float64Array(longestSegment + 1);
    const share = new Float64Array(longestSegment + 1);
    const parts = new Float64Array((longestSegment + 1) * (longest + 1));
    for (let segment = 0, work = 0; segment < counts.length; segment++) {
      const start = starts[segment]!;
      const length = starts[segment + 1]! - 1 - start;
      const base = first[start]!;
      const count = counts[segment]!;
      forward[0] = 1;
      for (let at = 1; at <= length; at++) {
        let sum = 0;
        const end = first[start + at]!;
        for (let entry = first[start + at - 1]!; entry < end; entry++) {
          const part = probabilities[pieces[entry]!]! * forward[at - lengths[entry]!]!;
          parts[entry - base] = part;
          sum += part;
        }
        forward[at] = sum;
        inverse[at] = 1 / sum;
        share[at] = 0;
        if (sum < small) for (let k = Math.max(0, at - longest); k <= at; k++) forward[k]! *= scale;
      }
      share[length] = count;
      for (let at = length; at > 0; at--) {
        const factor = share[at]! * inverse[at]!;
        if (factor === 0) continue;
        const end = first[start + at]!;
        for (let entry = first[start + at - 1]!; entry < end; entry++) {
          const part = parts[entry - base]! * factor;
          expected[pieces[entry]!]! += part;
          share[at - lengths[entry]!]! += part;
        }
      }
      work += first[start + length]! - base;
      if (work > workAtOnce) {
        work = 0;
        yield;
      }
    }
    return expected;
  }

  /** How often each piece stands in the best spelling of the text, given the logarithms of probabilities. */
  *bestCounts(scores: Float64Array): Steps<Float64Array> {
    const { first } = this;
    const { starts, counts } = this.segments;
    const found = new Float64Array(scores.length);
    const best = new BestPath(scores);
    for (let segment = 0, work = 0; segment < counts.length; segment++) {
      const start = starts[segment]!;
      const length = starts[segment + 1]! - 1 - start;
      this.findBest(best, start, length, -1);
      for (let at = length; at > 0; at -= best.lengthAt[at]!) found[best.pieceAt[at]!]! += counts[segment]!;
      work += first[start + length]! - first[start]!;
      if (work > workAtOnce) {
        work = 0;
        yield;
      }
    }
    return found;
  }

  /** Finds the best spelling of `length` characters from a place, without a piece. */
  findBest(best: BestPath, start: number, length: number, without: number): void {
    const { first, pieces, lengths } = this;
    const { scores, scoreAt, pieceAt, lengthAt } = best;
    scoreAt[0] = 0;
    for (let at = 1; at <= length; at++) {
      let highest = Number.NEGATIVE_INFINITY;
      const end = first[start + at]!;
      for (let entry = first[start + at - 1]!; entry < end; entry++) {
        const taken = lengths[entry]!;
        if (taken > at) continue;
        const piece = pieces[entry]!;
        const score = scores[piece]! + scoreAt[at - taken]!;
        if (score <= highest || piece === without) continue;
        highest = score;
        pieceAt[at] = piece;
        lengthAt[at] = taken;
      }
      scoreAt[at] = highest;
    }
  }

  /** Drops pieces and gives the others new numbers: piece i becomes `numbers[i]`, -1 for one that goes. */
  renumber(numbers: Int32Array): void {
    const { first, pieces, lengths } = this;
    let to = 0;
    let entry = 0;
    for (let place = 0; place + 1 < first.length; place++) {
      const end = first[place + 1]!;
      for (; entry < end; entry++) {
        const number = numbers[pieces[entry]!]!;
        if (number < 0) continue;
        pieces[to] = number;
        lengths[to++] = lengths[entry]!;
      }
      first[place + 1] = to;
    }
  }
}

/** The best spelling of a stretch of text: for each number of characters, the score up to there and the last piece. */
export class BestPath {
  readonly scoreAt = new Float64Array(longestSegment + 1);
  readonly pieceAt = new Int32Array(longestSegment + 1);
  readonly lengthAt = new Uint16Array(longestSegment + 1);
  constructor(readonly scores: Float64Array) {}
}
