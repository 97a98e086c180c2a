/**
 * The unigram encoder as SentencePiece 0.1.97 runs it (EncodeOptimized): of all ways to cover the text with pieces, the one
 * whose scores sum highest. Sums are kept in float32 and candidates compared in float64, the first of equals stays:
 * texts with ties come out as there.
 */
import { finish, type Steps } from '../base/steps.ts';
import type { EncodingBuffer } from './encodingBuffer.ts';
import { PairTable } from './pairTable.ts';
import type { SentencePieceModel } from './sentencePieceModel.ts';
import { PieceType } from './tokenizer.ts';
import { codePointAt, utf8Length } from './units.ts';
import { UnitTrie } from './unitTrie.ts';

/** How much worse than the worst piece an unknown character is. */
const unknownPenalty = 10;

/** Units of text looked at between two pauses. */
const unitsAtOnce = 8192;
/** Tokens handed out between two pauses. */
const tokensAtOnce = 65_536;

/** For each place of a text, the best way to get there. May be used again. */
export class Lattice {
  /** Sum of scores, in float32; NaN for a place that no piece ends at. */
  best = new Float32Array(64);
  /** Where the last piece begins; once the text is encoded, where the next one ends. */
  links = new Int32Array(64);
  pieces = new Int32Array(64);

  /** Makes room for a text of so many units, whose first place has the sum `sum`. */
  begin(length: number, sum: number): void {
    if (this.best.length <= length) {
      this.best = new Float32Array(length + (length >> 1) + 1);
      this.links = new Int32Array(this.best.length);
      this.pieces = new Int32Array(this.best.length);
    }
    this.best.fill(NaN, 0, length + 1);
    this.best[0] = sum;
  }
}

export class UnigramEncoder {
  /** What each piece adds to a sum, by id. */
  readonly scores: Float64Array;
  /** What an unknown character adds. */
  readonly unknownScore: number;

  private readonly trie: UnitTrie;
  private readonly unkId: number;
  private readonly texts: readonly string[];
  private joins: PairTable | undefined;

  constructor({ pieces, unkId }: SentencePieceModel) {
    this.unkId = unkId;
    // The bounds that SentencePiece starts from: the least positive and the greatest float32.
    let highest = 1.1754943508222875e-38;
    let lowest = 3.4028234663852886e38;
    for (const { score, type } of pieces) {
      if (type !== PieceType.normal) continue;
      highest = Math.max(highest, score);
      lowest = Math.min(lowest, score);
    }
    this.unknownScore = Math.fround(lowest - unknownPenalty);
    // A user-defined piece gets a bonus by its bytes, in float32 up to the last step.
    this.scores = Float64Array.from(pieces, ({ piece, score, type }) =>
      type === PieceType.userDefined ? Math.fround(utf8LengthOf(piece) * highest) - 0.1 : score,
    );
    // Unused pieces are never taken, so they need not be found.
    const found: [string, number][] = [];
    for (const [id, { piece, type }] of pieces.entries()) {
      if (type === PieceType.normal || type === PieceType.userDefined) found.push([piece, id]);
    }
    this.trie = new UnitTrie(found);
    this.texts = found.map(([text]) => text);
  }

  /**
   * True where a text may be cut between two code points: no piece holds them side by side, so that all ways through the
   * text meet there; nor is there a run of unknown characters, which is one token without byte fallback.
   */
  canCut(left: number, right: number, byteFallback: boolean): boolean {
    this.joins ??= joinsOf(this.texts);
    return this.joins.get(left, right) < 0 && (byteFallback || this.isPiece(left) || this.isPiece(right));
  }

  /** True where a character is a piece, so that it never counts as unknown. */
  private isPiece(codePoint: number): boolean {
    const units = String.fromCodePoint(codePoint);
    let at = this.trie.first(units.charCodeAt(0));
    if (at >= 0 && units.length > 1) at = this.trie.find(this.trie.cells[at + 2]!, units.charCodeAt(1));
    return at >= 0 && this.trie.cells[at + 3]! >= 0;
  }

  /** Appends the tokens of units [0, length), spans in them. */
  encode(units: Uint16Array, length: number, lattice: Lattice, out: EncodingBuffer, sum = 0): void {
    if (length <= unitsAtOnce) {
      lattice.begin(length, sum);
      this.advance(units, length, lattice, 0, length);
      finish(this.emit(units, length, lattice, out));
    } else finish(this.encodeInSteps(units, length, lattice, out, sum));
  }

  /** As `encode`, with pauses; nobody may write into `units` or `lattice` meanwhile. `sum` is that of the text before. */
  *encodeInSteps(units: Uint16Array, length: number, lattice: Lattice, out: EncodingBuffer, sum = 0): Steps<void> {
    lattice.begin(length, sum);
    for (let start = 0; start < length;) {
      start = this.advance(units, length, lattice, start, Math.min(length, start + unitsAtOnce));
      if (start < length) yield;
    }
    yield* this.emit(units, length, lattice, out);
  }

  /** Offers every piece that begins in [from, to); answers with the first character's place from `to` on. */
  private advance(units: Uint16Array, length: number, lattice: Lattice, from: number, to: number): number {
    const { best, links, pieces } = lattice;
    const { trie, scores } = this;
    const { cells } = trie;
    let start = from;
    while (start < to) {
      const unit = units[start]!;
      const characterEnd = (unit & 0xfc00) === 0xd800 ? start + 2 : start + 1;
      const sum = best[start]!;
      let coversCharacter = false;
      let end = start;
      for (let at = trie.first(unit); at >= 0; at = trie.find(cells[at + 2]!, units[end]!)) {
        end++;
        const piece = cells[at + 3]!;
        if (piece >= 0) {
          const score = scores[piece]! + sum;
          // Also true where nothing ends there yet.
          if (!(score <= best[end]!)) {
            best[end] = score;
            links[end] = start;
            pieces[end] = piece;
          }
          if (end === characterEnd) coversCharacter = true;
        }
        if (end === length) break;
      }
      if (!coversCharacter) {
        const score = Math.fround(this.unknownScore + sum);
        if (!(score <= best[characterEnd]!)) {
          best[characterEnd] = score;
          links[characterEnd] = start;
          pieces[characterEnd] = this.unkId;
        }
      }
      start = characterEnd;
    }
    return start;
  }

  private *emit(units: Uint16Array, length: number, { links, pieces }: Lattice, out: EncodingBuffer): Steps<void> {
    // Turned round: back from the end along the beginnings, then forth along the ends.
    let end = -1;
    for (let at = length, steps = 1; at > 0; steps++) {
      const start = links[at]!;
      links[at] = end;
      end = at;
      at = start;
      if (steps % tokensAtOnce === 0) yield;
    }
    for (let start = 0, steps = 1; end > 0; steps++) {
      const piece = pieces[end]!;
      if (piece === this.unkId) out.pushUnknown(codePointAt(units, start), start, end);
      else out.push(piece, start, end);
      start = end;
      end = links[end]!;
      if (steps % tokensAtOnce === 0) yield;
    }
  }
}

/** Characters that stand side by side in some text. */
function joinsOf(texts: readonly string[]): PairTable {
  const joins = new PairTable(2 * texts.length);
  for (const text of texts) {
    let before = -1;
    for (const character of text) {
      const codePoint = character.codePointAt(0)!;
      if (before >= 0) joins.set(before, codePoint, 1);
      before = codePoint;
    }
  }
  return joins;
}

function utf8LengthOf(text: string): number {
  let length = 0;
  for (const character of text) length += utf8Length(character.codePointAt(0)!);
  return length;
}
