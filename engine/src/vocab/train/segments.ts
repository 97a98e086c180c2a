/**
 * A text as trainers see it: its distinct segments, each with how often it occurs, written in numbers of characters. A
 * segment is what pieces lie within: a word, cut where no piece may stand across (between scripts, around characters
 * that get no piece). So `word,` `word.` `(word)` are one segment three times, and training looks at it once.
 */
import { finish, type Steps } from '../../base/steps.ts';
import { spaceSymbol } from '../../tokenizers/normalizer.ts';
import { ByteStrings } from './byteStrings.ts';
import { anyClass, CharacterClasses, isDigit, mayBePiece } from './pieceRules.ts';
import { sortByText } from './suffixes.ts';
import { noSpace, type WordCounts } from './wordCounts.ts';

export interface SegmentOptions {
  /** Share of the text's characters that get a piece, 0 to 1; the rarest are left out. */
  readonly coverage: number;
  /** Each digit is a segment of its own. */
  readonly splitDigits: boolean;
}

export interface Segments {
  /** Characters that become pieces, the most frequent first; a character's place is its number in `text`. */
  readonly characters: readonly string[];
  /** How often each occurs. */
  readonly characterCounts: Float64Array;
  /** The segments in the order of their text, each followed by -1. */
  readonly text: Int32Array;
  /** Where segment i begins in `text`; one more entry for the end of the last. */
  readonly starts: Int32Array;
  /** How often each segment occurs. */
  readonly counts: Float64Array;
  /** What the text holds that no piece covers, in characters and in bytes of UTF-8, broken bytes included. */
  readonly uncovered: { readonly characters: number; readonly bytes: number; readonly broken: number };
  /** All characters of the text, ▁ included. */
  readonly totalCharacters: number;
}

type Distinct = Pick<Segments, 'text' | 'starts' | 'counts'>;

/** Longer segments are cut: pieces are much shorter, and what a trainer does within a segment stays small. */
export const longestSegment = 512;
const spaceCodePoint = spaceSymbol.codePointAt(0)!;
const wordsAtOnce = 20_000;

/** What `decoded` gives for a byte that begins no character: no code point. */
const broken = 0x1fffff;

export const segmentsOf = (words: WordCounts, options: SegmentOptions): Segments =>
  finish(segmentsInSteps(words, options));

export function* segmentsInSteps(words: WordCounts, options: SegmentOptions): Steps<Segments> {
  const all = countCharacters(words.words);
  yield;
  const characters = coveredCharacters(all.counts, all.total, options.coverage);
  const cutter = new Cutter(characters, options.splitDigits);
  for (let from = 0; from < words.words.size; from += wordsAtOnce) {
    words.words.forEach((bytes, start, end, count) => cutter.cut(bytes, start, end, count), from, from + wordsAtOnce);
    yield;
  }
  return {
    characters: characters.map((codePoint) => String.fromCodePoint(codePoint)),
    characterCounts: Float64Array.from(characters, (codePoint) => all.counts[codePoint]!),
    ...(yield* cutter.segments()),
    uncovered: { ...cutter.uncovered, broken: all.broken },
    totalCharacters: all.total,
  };
}

function countCharacters(words: ByteStrings): { counts: Float64Array; total: number; broken: number } {
  const counts = new Float64Array(broken + 1);
  let total = 0;
  words.forEach((bytes, start, end, count) => {
    let at = start;
    if (bytes[at] === noSpace && at < end) at++;
    else {
      counts[spaceCodePoint] = counts[spaceCodePoint]! + count;
      total += count;
    }
    while (at < end) {
      const read = decoded(bytes, at, end);
      at += read >>> 21;
      const codePoint = read & 0x1fffff;
      counts[codePoint] = counts[codePoint]! + count;
      total += count;
    }
  });
  return { counts, total, broken: counts[broken]! + counts[0xfffd]! };
}

/** The most frequent code points that make up a share of the text, the most frequent first; ▁ whatever the share. */
function coveredCharacters(counts: Float64Array, total: number, coverage: number): number[] {
  const found: number[] = [];
  for (let codePoint = 0; codePoint <= 0x10ffff; codePoint++) if (counts[codePoint]! > 0) found.push(codePoint);
  found.sort((a, b) => counts[b]! - counts[a]! || a - b);
  const covered: number[] = [];
  let sum = 0;
  for (const codePoint of found) {
    const enough = sum / total >= coverage && codePoint !== spaceCodePoint;
    if (enough || !mayBePiece(String.fromCodePoint(codePoint))) continue;
    covered.push(codePoint);
    sum += counts[codePoint]!;
  }
  return covered;
}

/** Cuts words into segments and counts these. */
class Cutter {
  readonly uncovered = { characters: 0, bytes: 0 };
  private readonly numbers = new Int32Array(broken + 1).fill(-1);
  private readonly classes: Uint8Array;
  private readonly alone: Uint8Array;
  private readonly found = new ByteStrings();
  /** Bytes that a character's number takes, and the segment being put together. */
  private readonly width: number;
  private readonly buffer: Uint8Array;
  private used = 0;

  constructor(characters: readonly number[], splitDigits: boolean) {
    const classes = new CharacterClasses();
    const texts = characters.map((codePoint) => String.fromCodePoint(codePoint));
    this.classes = Uint8Array.from(texts, (c) => (c === spaceSymbol ? anyClass : classes.classOf(c)));
    this.alone = Uint8Array.from(texts, (c) => (splitDigits && isDigit(c) ? 1 : 0));
    for (const [number, codePoint] of characters.entries()) this.numbers[codePoint] = number;
    this.width = characters.length <= 1 << 8 ? 1 : characters.length <= 1 << 16 ? 2 : 3;
    this.buffer = new Uint8Array(this.width * longestSegment);
  }

  cut(bytes: Uint8Array, start: number, end: number, count: number): void {
    let at = start;
    let current = anyClass;
    if (bytes[at] === noSpace && at < end) at++;
    else this.push(this.numbers[spaceCodePoint]!, count);
    while (at < end) {
      const read = decoded(bytes, at, end);
      const length = read >>> 21;
      at += length;
      const codePoint = read & 0x1fffff;
      const number = this.numbers[codePoint]!;
      if (number < 0) {
        this.flush(count);
        current = anyClass;
        this.uncovered.characters += count;
        this.uncovered.bytes += count * length;
        continue;
      }
      const characterClass = this.classes[number]!;
      const apart = current !== anyClass && characterClass !== anyClass && characterClass !== current;
      if (apart || codePoint === spaceCodePoint || this.alone[number] === 1) {
        this.flush(count);
        current = anyClass;
      }
      if (characterClass !== anyClass) current = characterClass;
      this.push(number, count);
      if (this.alone[number] === 1) {
        this.flush(count);
        current = anyClass;
      }
    }
    this.flush(count);
  }

  *segments(): Steps<Distinct> {
    const { found, width } = this;
    const text = new Int32Array(found.byteLength / width + found.size);
    const starts = new Int32Array(found.size);
    const counts = new Float64Array(found.size);
    let to = 0;
    let segment = 0;
    found.forEach((bytes, start, end, count) => {
      starts[segment] = to;
      counts[segment++] = count;
      for (let at = start; at < end;) {
        let number = 0;
        for (let k = 0; k < width; k++) number = (number << 8) | bytes[at++]!;
        text[to++] = number;
      }
      text[to++] = -1;
    });
    yield;
    return yield* sorted(text, starts, counts, this.classes.length);
  }

  private push(number: number, count: number): void {
    if (this.used === this.buffer.length) this.flush(count);
    for (let shift = 8 * (this.width - 1); shift >= 0; shift -= 8) this.buffer[this.used++] = (number >> shift) & 0xff;
  }

  private flush(count: number): void {
    if (this.used > 0) this.found.add(this.buffer, 0, this.used, count);
    this.used = 0;
  }
}

/** The segments in the order of their text, so that it does not matter in which order they were found. */
function* sorted(text: Int32Array, starts: Int32Array, counts: Float64Array, alphabet: number): Steps<Distinct> {
  const segmentAt = new Int32Array(text.length);
  for (let segment = 0; segment < starts.length; segment++) segmentAt[starts[segment]!] = segment;
  const order = Int32Array.from(starts);
  yield* sortByText(text, order, alphabet);
  const out = new Int32Array(text.length);
  const outStarts = new Int32Array(starts.length + 1);
  const outCounts = new Float64Array(counts.length);
  let to = 0;
  for (let i = 0; i < order.length; i++) {
    const start = order[i]!;
    outStarts[i] = to;
    outCounts[i] = counts[segmentAt[start]!]!;
    for (let at = start; text[at]! >= 0; at++) out[to++] = text[at]!;
    out[to++] = -1;
  }
  outStarts[starts.length] = to;
  return { text: out, starts: outStarts, counts: outCounts };
}

/**
 * The character at a place of UTF-8: its code point in the low 21 bits, above them its length in bytes. For a byte that
 * begins no character: `broken`, one byte.
 */
function decoded(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return (1 << 21) | first;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length === 0 || first > 0xf4 || at + length > end) return (1 << 21) | broken;
  let codePoint = first & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i]!;
    if ((byte & 0xc0) !== 0x80) return (1 << 21) | broken;
    codePoint = (codePoint << 6) | (byte & 0x3f);
  }
  const least = length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000;
  const valid = codePoint >= least && codePoint <= 0x10ffff && (codePoint & 0x1ff800) !== 0xd800;
  return valid ? (length << 21) | codePoint : (1 << 21) | broken;
}
