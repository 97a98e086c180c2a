/** Byte-level merges that grow: what words are encoded to while merges are added behind the others, one by one. */
import { byteSymbols, type ByteLevelModel } from '../tokenizers/byteLevelModel.ts';

/** Ids are under 2^21, so that a pair of them is an exact number. */
const pairOf = (left: number, right: number): number => left * 2 ** 21 + right;

export class GrowingBpe {
  readonly pieces: string[];
  readonly ids: Map<string, number>;
  readonly added: { readonly left: number; readonly right: number; readonly merged: number }[] = [];
  private readonly byteIds: readonly number[];
  private readonly ranks = new Map<number, number>();
  private readonly merged: number[];

  constructor(base: ByteLevelModel) {
    this.pieces = base.pieces.map(({ piece }) => piece);
    this.ids = new Map(base.ids);
    this.byteIds = byteSymbols.map((symbol) => base.ids.get(symbol) ?? -1);
    const { left, right, merged } = base.merges;
    this.merged = Array.from(merged);
    for (let rank = 0; rank < left.length; rank++) this.ranks.set(pairOf(left[rank]!, right[rank]!), rank);
  }

  /** The id of a piece, a new one where there is none yet. */
  put(piece: string): number {
    let id = this.ids.get(piece);
    if (id !== undefined) return id;
    id = this.pieces.length;
    this.pieces.push(piece);
    this.ids.set(piece, id);
    return id;
  }

  /** A merge behind all others; what it makes must be a piece. */
  merge(left: number, right: number): void {
    const merged = this.ids.get(this.pieces[left]! + this.pieces[right]!)!;
    this.ranks.set(pairOf(left, right), this.merged.length);
    this.merged.push(merged);
    this.added.push({ left, right, merged });
  }

  /** Ids of a word, by merges alone. */
  encode(bytes: Uint8Array): number[] {
    const ids = Array.from(bytes, (byte) => this.byteIds[byte]!);
    for (;;) {
      let best = Infinity;
      let at = -1;
      for (let i = 0; i + 1 < ids.length; i++) {
        const rank = this.ranks.get(pairOf(ids[i]!, ids[i + 1]!)) ?? Infinity;
        if (rank < best) [best, at] = [rank, i];
      }
      if (at < 0) return ids;
      ids.splice(at, 2, this.merged[best]!);
    }
  }
}
