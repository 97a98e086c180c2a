/**
 * New pieces that no text is encoded to, and why: their embedding rows never train, and whoever merged should know which
 * they are. What is merged inside of a piece does not depend on what stands around it, so a piece is reached by some text
 * just if it is reached by its own.
 */
import type { Steps } from '../base/steps.ts';
import { createTokenizer } from '../tokenizers/modelFile.ts';
import { LongestMatch, Normalizer, spaceSymbol } from '../tokenizers/normalizer.ts';
import { PartTable } from '../tokenizers/partTable.ts';
import type { SentencePieceModel } from '../tokenizers/sentencePieceModel.ts';
import { type Encoding, PieceType } from '../tokenizers/tokenizer.ts';
import { mergesOnly } from './mergesOnly.ts';

/**
 * `heldBack`: of the base's own language; the recipe keeps its id and never produces it.
 * `normalizer`: the base's normaliser lets no text through that holds it.
 * `noMerges`: no chain of merges leads to it, since strings on the way are no pieces.
 * `outranked`: there is a chain, but merges with higher scores take its characters first.
 * `preTokenizer`: the base cuts every text inside of it before it merges.
 */
export const unreachableReasons = ['heldBack', 'normalizer', 'noMerges', 'outranked', 'preTokenizer'] as const;
export type UnreachableReason = (typeof unreachableReasons)[number];

export interface UnreachablePiece {
  readonly piece: string;
  readonly reason: UnreachableReason;
  /** The pieces that its text is encoded to instead; absent for `heldBack` and `normalizer`. */
  readonly spelled?: readonly string[];
  /** For `noMerges`: the strings between those pieces and the piece, from the left, that are no pieces. */
  readonly missing?: readonly string[];
}

/** Pieces looked at between two pauses. */
const piecesAtOnce = 4096;

/** Those of the pieces with ids [first, end) that no text is encoded to, in their order. */
export function* unreachablePieces(
  model: SentencePieceModel,
  first: number,
  end: number,
): Steps<readonly UnreachablePiece[]> {
  const tokenizer = createTokenizer(mergesOnly(model));
  const normal = new ByNormalizer(model);
  const found: { readonly id: number; readonly encoding: Encoding | undefined }[] = [];
  for (let id = first; id < end; id++) {
    const { piece, type } = model.pieces[id]!;
    if (id % piecesAtOnce === 0) yield;
    // Control pieces and the like are in no merge.
    if (type !== PieceType.normal && type !== PieceType.userDefined) found.push({ id, encoding: undefined });
    else {
      const encoding = tokenizer.encode(piece);
      const reached = encoding.ids.length === 1 && encoding.ids[0] === id;
      if (!reached || !normal.lets(piece)) found.push({ id, encoding });
    }
  }
  const chained = found.some(({ encoding }) => encoding !== undefined) ? yield* piecesWithChains(model) : new Set();
  return found.map(({ id, encoding }): UnreachablePiece => {
    const { piece } = model.pieces[id]!;
    if (encoding === undefined) return { piece, reason: 'heldBack' };
    if (!normal.lets(piece)) return { piece, reason: 'normalizer' };
    const spelled = Array.from(encoding.ids, (token) => model.pieces[token]!.piece);
    if (chained.has(piece)) return { piece, reason: 'outranked', spelled };
    return { piece, reason: 'noMerges', spelled, missing: between(model, piece, encoding) };
  });
}

/** The beginnings of a piece, in whole parts of its encoding, that would have to be pieces and are none. */
function between(model: SentencePieceModel, piece: string, { starts }: Encoding): string[] {
  return [...new Set(starts)]
    .slice(2)
    .map((cut) => piece.slice(0, cut))
    .filter((text) => !model.ids.has(text));
}

/** The pieces that can be put together by merges alone, whatever their scores: each from two that can, or characters. */
function* piecesWithChains(model: SentencePieceModel): Steps<ReadonlySet<string>> {
  const chained = new Set<string>();
  const merged = model.pieces
    .filter(({ type }) => type === PieceType.normal || type === PieceType.unused)
    .map(({ piece }) => piece)
    .sort((a, b) => a.length - b.length);
  const parts = new PartTable(merged.length);
  for (const [i, piece] of merged.entries()) {
    if (i % piecesAtOnce === 0) yield;
    parts.read(piece);
    const stands = (from: number, to: number) =>
      parts.find(from, to) >= 0 || to - from === 1 || (to - from === 2 && piece.codePointAt(from)! > 0xffff);
    for (let cut = 1; cut < piece.length; cut++) {
      if (!stands(0, cut) || !stands(cut, piece.length)) continue;
      chained.add(piece);
      parts.add(0, piece.length, i);
      break;
    }
  }
  return chained;
}

/** Whether some text comes out of the normaliser with a piece in it. */
class ByNormalizer {
  private readonly normalizer: Normalizer | undefined;

  constructor({ normalizer, trainer, pieces }: SentencePieceModel) {
    const { charsmap, removeExtraWhitespaces, escapeWhitespaces } = normalizer;
    if (charsmap.length === 0 && !removeExtraWhitespaces && escapeWhitespaces) return;
    const kept = new LongestMatch(pieces.filter((p) => p.type === PieceType.userDefined).map((p) => p.piece));
    this.normalizer = new Normalizer({ ...normalizer, addDummyPrefix: true }, trainer.whitespaceAsSuffix, kept);
  }

  /** Tried: the piece's own text, with spaces for `▁`, alone and between letters. */
  lets(piece: string): boolean {
    const { normalizer } = this;
    if (normalizer === undefined) return true;
    const spaced = piece.replaceAll(spaceSymbol, ' ');
    return [piece, spaced, `a${spaced}a`].some((text) => normalizer.normalize(text).text.includes(piece));
  }
}
