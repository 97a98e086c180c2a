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

/** How much worse than the worst piece an unknown character is. */
const unknownPenalty = 10;

/** Units of text looked at between two pauses. */
const unitsAtOnce = 8192;

/** For each place of a text, the best way to get there. */
interface Lattice {
  /** Sum of scores, in float32. */
  readonly best: Float32Array;
  /** Where the last piece begins; -1 for a place that no piece ends at. */
  readonly startOf: Int32Array;
  readonly pieceOf: Int32Array;
}

export class UnigramEncoder {
  /** Trie over UTF-16 units: (node, unit) to node; node 0 is the root. */
  private readonly steps: PairTable;
  /** Piece that ends at a node, or -1. */
  private readonly pieceAt: number[] = [-1];
  private readonly scores: Float64Array;
  private readonly isUserDefined: Uint8Array;
  private readonly highest: number;
  private readonly unknownScore: number;

  constructor(private readonly model: SentencePieceModel) {
    const { pieces } = model;
    this.scores = Float64Array.from(pieces, (p) => p.score);
    this.isUserDefined = Uint8Array.from(pieces, (p) => (p.type === PieceType.userDefined ? 1 : 0));
    // The bounds that SentencePiece starts from: the least positive and the greatest float32.
    let highest = 1.1754943508222875e-38;
    let lowest = 3.4028234663852886e38;
    this.steps = new PairTable(4 * pieces.length);
    for (const [id, { piece, score, type }] of pieces.entries()) {
      if (type === PieceType.normal) {
        highest = Math.max(highest, score);
        lowest = Math.min(lowest, score);
      }
      // Unused pieces are never taken, so they need not be found.
      if (type === PieceType.normal || type === PieceType.userDefined) this.insert(piece, id);
    }
    this.highest = highest;
    this.unknownScore = Math.fround(lowest - unknownPenalty);
  }

  /** Appends the tokens of a normalised text, spans in its units. */
  encode(text: string, out: EncodingBuffer): void {
    finish(this.encodeInSteps(text, out));
  }

  /** As `encode`, with pauses. */
  *encodeInSteps(text: string, out: EncodingBuffer): Steps<void> {
    const length = text.length;
    const startOf = new Int32Array(length + 1).fill(-1);
    const pieceOf = new Int32Array(length + 1);
    const lattice: Lattice = { best: new Float32Array(length + 1), startOf, pieceOf };
    for (let start = 0; start < length;) {
      start = this.advance(text, lattice, start, Math.min(length, start + unitsAtOnce));
      if (start < length) yield;
    }
    const ends: number[] = [];
    for (let end = length; end > 0; end = startOf[end]!) ends.push(end);
    for (let k = ends.length - 1; k >= 0; k--) {
      const end = ends[k]!;
      const start = startOf[end]!;
      if (pieceOf[end] !== this.model.unkId) out.push(pieceOf[end]!, start, end);
      else out.pushUnknown(text.codePointAt(start)!, start, end);
    }
  }

  /** Offers every piece that begins in [from, to); answers with the first character's place from `to` on. */
  private advance(text: string, { best, startOf, pieceOf }: Lattice, from: number, to: number): number {
    const length = text.length;
    const offer = (start: number, end: number, piece: number, score: number) => {
      if (startOf[end]! >= 0 && score <= best[end]!) return;
      best[end] = score;
      startOf[end] = start;
      pieceOf[end] = piece;
    };
    let start = from;
    while (start < to) {
      const codePoint = text.codePointAt(start)!;
      const characterEnd = start + (codePoint > 0xffff ? 2 : 1);
      const sum = best[start]!;
      let coversCharacter = false;
      let bytes = 0;
      for (let node = 0, i = start; i < length;) {
        const unit = text.charCodeAt(i++);
        node = this.steps.get(node, unit);
        if (node < 0) break;
        bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : (unit & 0xf800) === 0xd800 ? 2 : 3;
        const piece = this.pieceAt[node]!;
        if (piece < 0) continue;
        // A user-defined piece gets a bonus by its bytes, in float32 up to the last step.
        const userDefined = this.isUserDefined[piece] === 1;
        offer(start, i, piece, (userDefined ? Math.fround(bytes * this.highest) - 0.1 : this.scores[piece]!) + sum);
        if (i === characterEnd) coversCharacter = true;
      }
      if (!coversCharacter) {
        offer(start, characterEnd, this.model.unkId, Math.fround(this.unknownScore + sum));
      }
      start = characterEnd;
    }
    return start;
  }

  private insert(piece: string, id: number): void {
    let node = 0;
    for (let i = 0; i < piece.length; i++) {
      const unit = piece.charCodeAt(i);
      let to = this.steps.get(node, unit);
      if (to < 0) {
        to = this.pieceAt.length;
        this.pieceAt.push(-1);
        this.steps.set(node, unit, to);
      }
      node = to;
    }
    this.pieceAt[node] = id;
  }
}
