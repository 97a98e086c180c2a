/**
 * A vocabulary added to a byte-level one (Llama 3): the new pieces stand behind all ids that the base has, its special tokens
 * included, and each is reached by merges behind all of the base's, so that the base's own merges come first and its language
 * keeps its ids. `▁` of SentencePiece is the space in front of a word.
 *
 * `ranked`: a piece is reached where two pieces, old or new, make it. `closed`: the pieces on the way are added too, where they
 * bear a mark of the new language. The other recipes are about scores, which there are none of here.
 */
import { bad, ok, type Result } from '../base/problem.ts';
import { finish, type Steps } from '../base/steps.ts';
import { type ByteLevelModel, symbolsOfBytes } from '../tokenizers/byteLevelModel.ts';
import { createTokenizer, type TokenizerModel } from '../tokenizers/modelFile.ts';
import { spaceSymbol } from '../tokenizers/normalizer.ts';
import { PreTokenizer } from '../tokenizers/preTokenizer.ts';
import { maximumPieces } from '../tokenizers/sentencePieceModel.ts';
import { parseTokenizerJson } from '../tokenizers/tokenizerJson.ts';
import { isOneWord, isProduced, type NewPiece, newPieces } from './byteLevelPieces.ts';
import { byteLevelReport, type ByteLevelMergeReport } from './byteLevelReport.ts';
import { grownTokenizerJson } from './grownTokenizerJson.ts';
import { GrowingBpe } from './growingBpe.ts';
import { MarkedBytes } from './markedBytes.ts';
import { type NewLanguage, newLanguageOf } from './newLanguage.ts';
import type { Recipe } from './recipes.ts';

export interface MergedByteLevel {
  readonly model: ByteLevelModel;
  readonly language: NewLanguage;
  readonly report: ByteLevelMergeReport;
}

/** Merges `addition`, of any kind, into `base`. `file` names the result in messages. */
export const mergeByteLevel = (
  base: ByteLevelModel,
  addition: TokenizerModel,
  recipe: Recipe,
  file: string,
): Result<MergedByteLevel> => finish(mergeByteLevelInSteps(base, addition, recipe, file));

/** Pieces between two pauses. */
const piecesAtOnce = 256;

export function* mergeByteLevelInSteps(
  base: ByteLevelModel,
  addition: TokenizerModel,
  recipe: Recipe,
  file: string,
): Steps<Result<MergedByteLevel>> {
  if (recipe !== 'ranked' && recipe !== 'closed') {
    return bad(
      `the recipe ${recipe} is for SentencePiece vocabularies; a byte-level one has merges and no scores`,
      { file: base.file },
      'Take ranked or closed.',
    );
  }
  const { added, shared, skipped } = newPieces(base, addition);
  const tooMany = (pieces: number) =>
    bad(`the union has ${pieces} pieces, more than ${maximumPieces}`, { file }, 'Take a smaller addition.');
  if (base.pieces.length + added.length > maximumPieces) return tooMany(base.pieces.length + added.length);
  const readable = createTokenizer(base);
  const baseTexts = base.pieces.map((piece, id) => ({ ...piece, piece: readable.textOf(id) ?? '' }));
  const language = newLanguageOf(baseTexts, added.flatMap(({ text }) => text ?? [])); // prettier-ignore
  const marked = new MarkedBytes(language.marks);
  const preTokenizer = new PreTokenizer(base.steps);
  const bpe = new GrowingBpe(base);
  yield;

  const produced: NewPiece[] = [];
  for (const piece of added) {
    const holdsBack = !isProduced(piece, language);
    // Where words may be taken as they stand, a piece that is held back bears a name that no word spells.
    bpe.put(holdsBack && base.ignoreMerges ? spaceSymbol + piece.piece : symbolsOfBytes(piece.bytes));
    if (!holdsBack && isOneWord(preTokenizer, piece)) produced.push(piece);
  }
  // The shorter first, so that the longer are made of them; what is reached stays so, since later merges come later.
  produced.sort((a, b) => a.bytes.length - b.bytes.length);
  for (const [i, { bytes }] of produced.entries()) {
    if (i % piecesAtOnce === 0) yield;
    reach(bpe, bytes, marked, recipe === 'closed');
  }
  if (bpe.pieces.length > maximumPieces) return tooMany(bpe.pieces.length);
  const parsed = parseTokenizerJson(Buffer.from(grownTokenizerJson(base, bpe), 'utf8'), file, specialNames(base));
  if (!parsed.ok) return parsed;
  yield;
  const model = parsed.value;
  const report = byteLevelReport({ recipe, base, addition, model, added, shared, skipped, language, bpe });
  return ok({ model, language, report });
}

/** Adds the merges that a piece lacks; with `adding`, pieces on the way too. */
function reach(bpe: GrowingBpe, bytes: Uint8Array, marked: MarkedBytes, adding: boolean): void {
  for (let rounds = 0; rounds < bytes.length; rounds++) {
    const ids = bpe.encode(bytes);
    const at = ids.length <= 2 ? ids.length - 2 : adding ? firstStep(bpe, ids, marked) : -1;
    if (at < 0) return;
    // Looked at anew each time: a pair may stand in the piece more than once.
    bpe.put(bpe.pieces[ids[at]!]! + bpe.pieces[ids[at + 1]!]!);
    bpe.merge(ids[at]!, ids[at + 1]!);
  }
}

/**
 * Which pair of tokens is made one first: what the first mark stands in, together with what is left of it, or, where nothing is,
 * with what is right. -1 where no pair bears a mark.
 */
function firstStep(bpe: GrowingBpe, ids: readonly number[], marked: MarkedBytes): number {
  const isMarked = (...tokens: number[]) => marked.has(tokens.map((id) => bpe.pieces[id]!).join(''));
  const first = ids.findIndex((id) => isMarked(id));
  if (first >= 0) return Math.max(0, first - 1);
  return ids.findIndex((id, i) => i + 1 < ids.length && isMarked(id, ids[i + 1]!));
}

/** The base's, by name: the result's file knows only its own template. */
function specialNames({ pieces, bosId, eosId }: ByteLevelModel): { bos?: string; eos?: string } {
  return {
    ...(bosId === undefined ? {} : { bos: pieces[bosId]!.piece }),
    ...(eosId === undefined ? {} : { eos: pieces[eosId]!.piece }),
  };
}
