/**
 * The pieces that a unigram model starts from: all characters, and the substrings that occur in several segments (or
 * several times in one), unless what follows them is always the same character (then the longer one says as much).
 * Those with the most characters in the text are taken first. As SentencePiece's trainer finds them with an enhanced
 * suffix array (Kudo 2018).
 */
import type { Steps } from '../../base/steps.ts';
import { Growing } from './growing.ts';
import type { Segments } from './segments.ts';
import { groupsByText } from './suffixes.ts';

export interface Seeds {
  /** Number of pieces; the first are the characters, in their order. */
  readonly size: number;
  /** Where each piece stands in the segments' text, and its length; for characters 1, and any place of theirs. */
  readonly placeOf: Int32Array;
  readonly lengthOf: Uint16Array;
  /** The weight to start from: characters of the text that occurrences of it make up. */
  readonly weightOf: Float64Array;
  /** Occurrences of the seeds behind the characters: seed i at `places[from[i]]` up to `places[to[i] - 1]`, less the characters. */
  readonly places: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
}

export function* seedsOf(segments: Segments, longest: number, most: number): Steps<Seeds> {
  const { text, characters } = segments;
  const found = yield* frequentSubstrings(segments, longest);
  yield;
  const chosen = mostWeight(found.weight.values(), most - characters.length);
  const size = characters.length + chosen.length;
  const seeds: Seeds = {
    size,
    placeOf: new Int32Array(size),
    lengthOf: new Uint16Array(size).fill(1),
    weightOf: new Float64Array(size),
    places: found.places,
    from: Int32Array.from(chosen, (i) => found.from.at(i)),
    to: Int32Array.from(chosen, (i) => found.to.at(i)),
  };
  for (let place = 0; place < text.length; place++) if (text[place]! >= 0) seeds.placeOf[text[place]!] = place;
  seeds.weightOf.set(segments.characterCounts);
  for (let i = 0; i < chosen.length; i++) {
    const piece = characters.length + i;
    seeds.placeOf[piece] = found.places[seeds.from[i]!]!;
    seeds.lengthOf[piece] = found.length.at(chosen[i]!);
    seeds.weightOf[piece] = found.weight.at(chosen[i]!);
  }
  return seeds;
}

/** A segment that shares nothing is a seed from this count on: below it, new texts rarely have it again. */
const leastOfOneSegment = 4;

interface Substrings {
  readonly places: Int32Array;
  readonly from: Growing<Int32Array>;
  readonly to: Growing<Int32Array>;
  readonly length: Growing<Uint16Array>;
  readonly weight: Growing<Float64Array>;
}

function* frequentSubstrings({ text, starts, counts, characters }: Segments, longest: number): Steps<Substrings> {
  const places = new Int32Array(text.length - counts.length);
  const countAt = new Float64Array(text.length);
  let n = 0;
  for (let i = 0; i < counts.length; i++) {
    countAt.fill(counts[i]!, starts[i], starts[i + 1]);
    for (let place = starts[i]!; place < starts[i + 1]! - 1; place++) places[n++] = place;
  }
  const found: Substrings = {
    places,
    from: new Growing(Int32Array),
    to: new Growing(Int32Array),
    length: new Growing(Uint16Array),
    weight: new Growing(Float64Array),
  };
  const add = (from: number, to: number, length: number, count: number) => {
    found.from.push(from);
    found.to.push(to);
    found.length.push(length);
    found.weight.push(count * length);
  };
  yield* groupsByText(text, places, characters.length, (from, to, length) => {
    if (to - from === 1) {
      // One place alone: of what stands in one segment only, the segment itself.
      const place = places[from]!;
      const count = countAt[place]!;
      let whole = length;
      while (whole <= longest && text[place + whole]! >= 0) whole++;
      const isWhole = place === 0 || text[place - 1]! < 0;
      if (isWhole && count >= leastOfOneSegment && whole >= 2 && whole <= longest) add(from, to, whole, count);
      return false;
    }
    const next = text[places[from]! + length]!;
    let count = 0;
    let branches = next < 0;
    for (let i = from; i < to; i++) {
      const place = places[i]!;
      count += countAt[place]!;
      if (text[place + length] !== next) branches = true;
    }
    if (branches && length >= 2 && count >= 2) add(from, to, length, count);
    return length < longest;
  });
  return found;
}

/** The places of the `most` greatest values, in rising order; of equal ones the first. */
export function mostWeight(values: Float64Array, most: number): Int32Array {
  if (values.length <= most) return Int32Array.from(values, (_, i) => i);
  const rising = Float64Array.from(values).sort();
  const least = rising[values.length - most] ?? Number.POSITIVE_INFINITY;
  let equal = most;
  for (let i = values.length - 1; i >= 0 && rising[i]! > least; i--) equal--;
  const chosen = new Int32Array(Math.max(most, 0));
  let n = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i]! > least || (values[i] === least && equal-- > 0)) chosen[n++] = i;
  }
  return chosen;
}
