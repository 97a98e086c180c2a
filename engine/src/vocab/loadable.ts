/** Where a merged vocabulary gives the same ids: found in the pieces as they were written, not by the recipe's name. */
import type { Result } from '../base/problem.ts';
import type { SentencePieceModel } from '../tokenizers/sentencePieceModel.ts';
import { type Piece, PieceType } from '../tokenizers/tokenizer.ts';

export interface Loadable {
  readonly library: 'SentencePiece' | 'Hugging Face tokenizers' | 'llama.cpp';
  readonly sameIds: boolean;
  /** What stands in the way, or how it is to be loaded. */
  readonly because: readonly LoadingFact[];
}

/**
 * `ties`: new pieces of several characters that share their score with another; libraries choose differently between them.
 * `userDefined`: new user-defined pieces, which others look for in the raw text, or merge like any other.
 * `unused`: unused pieces, which SentencePiece takes apart again and others put out.
 * `refused`: no tokenizer.json can be written, for the reason given.
 * `tokenizerJson`: to be loaded by the tokenizer.json; converting tokenizer.model anew makes special tokens of the pieces
 * held back, which are then found in texts.
 * `heldBack`: pieces held back that are merged like any other there. With other names in the GGUF file, which no text holds,
 * the ids are the same.
 */
export interface LoadingFact {
  readonly fact: 'ties' | 'userDefined' | 'unused' | 'refused' | 'tokenizerJson' | 'heldBack';
  /** Number of pieces concerned; 0 where it is not about pieces. */
  readonly pieces: number;
  readonly reason?: string;
}

/** `first`: id of the first new piece. `tokenizerJson`: what its writer says of this model. */
export function loadableWhere(model: SentencePieceModel, first: number, tokenizerJson: Result<string>): Loadable[] {
  const added = model.pieces.slice(first);
  const count = (type: PieceType) => added.filter((piece) => piece.type === type).length;
  const ties: LoadingFact = { fact: 'ties', pieces: tiesAmong(model.pieces, first) };
  const userDefined: LoadingFact = { fact: 'userDefined', pieces: count(PieceType.userDefined) };
  const unused: LoadingFact = { fact: 'unused', pieces: count(PieceType.unused) };
  const held: LoadingFact = { fact: 'heldBack', pieces: heldBackInReach(model, first) };
  const converted: LoadingFact = { fact: 'tokenizerJson', pieces: count(PieceType.control) };
  const present = (facts: readonly LoadingFact[]) => facts.filter(({ pieces }) => pieces > 0);
  const obstacles = present([ties, userDefined, unused]);
  const refused: readonly LoadingFact[] = tokenizerJson.ok
    ? present([converted])
    : obstacles.length > 0
      ? obstacles
      : [{ fact: 'refused', pieces: 0, reason: tokenizerJson.problem.what }];
  // Its BPE is SentencePiece's, ties included; it knows no types of pieces when it merges.
  const inLlamaCpp = present([userDefined, unused, held]);
  return [
    { library: 'SentencePiece', sameIds: true, because: [] },
    { library: 'Hugging Face tokenizers', sameIds: tokenizerJson.ok, because: refused },
    { library: 'llama.cpp', sameIds: inLlamaCpp.length === 0, because: inLlamaCpp },
  ];
}

/** New pieces made by merges that share their score with another such piece. */
function tiesAmong(pieces: readonly Piece[], first: number): number {
  const merged = (piece: Piece) => piece.type === PieceType.normal && Array.from(piece.piece).length > 1;
  const counts = new Map<number, number>();
  for (const piece of pieces) if (merged(piece)) counts.set(piece.score, (counts.get(piece.score) ?? 0) + 1);
  return pieces.slice(first).filter((piece) => merged(piece) && counts.get(piece.score)! > 1).length;
}

/** New control pieces that two others make, where types are not looked at. */
function heldBackInReach({ pieces, ids }: SentencePieceModel, first: number): number {
  return pieces.slice(first).filter(({ piece, type }) => {
    if (type !== PieceType.control) return false;
    for (let cut = 1; cut < piece.length; cut++) {
      if (ids.has(piece.slice(0, cut)) && ids.has(piece.slice(cut))) return true;
    }
    return false;
  }).length;
}
