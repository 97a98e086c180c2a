/** Where a merged vocabulary gives the same ids: found in the pieces as they were written, not by the recipe's name. */
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
 * `userDefined`: new user-defined pieces, which others look for in the raw text, one by one, before anything else.
 * `unused`: unused pieces, which SentencePiece takes apart again and others put out.
 * `tokenizerJson`: to be loaded by the `tokenizer.json`; converting `tokenizer.model` anew makes special tokens of the
 * pieces held back, which are then found in texts.
 * `plainText`: texts are to be encoded without special tokens in them (`parse_special` off): pieces held back are control
 * tokens, which would be found in texts.
 */
export interface LoadingFact {
  readonly fact: 'ties' | 'userDefined' | 'unused' | 'tokenizerJson' | 'plainText';
  /** Number of pieces concerned. */
  readonly pieces: number;
}

/** `first`: id of the first new piece. */
export function loadableWhere(model: SentencePieceModel, first: number): Loadable[] {
  const added = model.pieces.slice(first);
  const count = (type: PieceType) => added.filter((piece) => piece.type === type).length;
  const ties: LoadingFact = { fact: 'ties', pieces: tiesAmong(model.pieces, first) };
  const userDefined: LoadingFact = { fact: 'userDefined', pieces: count(PieceType.userDefined) };
  const unused: LoadingFact = { fact: 'unused', pieces: count(PieceType.unused) };
  const held = count(PieceType.control);
  const decide = (library: Loadable['library'], obstacles: readonly LoadingFact[], hint: LoadingFact): Loadable => {
    const present = obstacles.filter(({ pieces }) => pieces > 0);
    if (present.length > 0) return { library, sameIds: false, because: present };
    return { library, sameIds: true, because: hint.pieces > 0 ? [hint] : [] };
  };
  return [
    { library: 'SentencePiece', sameIds: true, because: [] },
    decide('Hugging Face tokenizers', [ties, userDefined, unused], { fact: 'tokenizerJson', pieces: held }),
    decide('llama.cpp', [userDefined, unused], { fact: 'plainText', pieces: held }),
  ];
}

/** New pieces made by merges that share their score with another such piece. */
function tiesAmong(pieces: readonly Piece[], first: number): number {
  const merged = (piece: Piece) => piece.type === PieceType.normal && Array.from(piece.piece).length > 1;
  const counts = new Map<number, number>();
  for (const piece of pieces) if (merged(piece)) counts.set(piece.score, (counts.get(piece.score) ?? 0) + 1);
  return pieces.slice(first).filter((piece) => merged(piece) && counts.get(piece.score)! > 1).length;
}
