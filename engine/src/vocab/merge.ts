/**
 * Two vocabularies made one: the base with the addition's pieces behind its own, in the addition's order. The recipe says
 * at which score the new pieces are merged, and so what becomes of texts that the base spelt well already.
 */
import { bad, ok, type Result } from '../base/problem.ts';
import { finish, type Steps } from '../base/steps.ts';
import { maximumPieces, parseModel, type SentencePieceModel } from '../tokenizers/sentencePieceModel.ts';
import { withPieces } from '../tokenizers/sentencePieceWriter.ts';
import { tokenizerJson as writeTokenizerJson } from '../tokenizers/tokenizerJsonWriter.ts';
import { PieceType } from '../tokenizers/tokenizer.ts';
import { type MergeReport, reportOf } from './mergeReport.ts';
import { type NewLanguage, newLanguageOf } from './newLanguage.ts';
import { type Recipe, recipeRule } from './recipes.ts';

export interface Merged {
  readonly model: SentencePieceModel;
  readonly language: NewLanguage;
  readonly report: MergeReport;
  /** The content of a tokenizer.json with the same ids, or why there is none. */
  readonly tokenizerJson: Result<string>;
}

/** Merges `addition` (of any algorithm) into `base` (BPE). `file` names the result in messages. */
export const mergeVocabularies = (
  base: SentencePieceModel,
  addition: SentencePieceModel,
  recipe: Recipe,
  file: string,
): Result<Merged> => finish(mergeInSteps(base, addition, recipe, file));

/** As `mergeVocabularies`, with pauses: vocabularies of 256,000 pieces take seconds. */
export function* mergeInSteps(
  base: SentencePieceModel,
  addition: SentencePieceModel,
  recipe: Recipe,
  file: string,
): Steps<Result<Merged>> {
  if (base.trainer.algorithm !== 'bpe') {
    return bad(
      `the base is a ${base.trainer.algorithm} model; pieces can be added to BPE models only`,
      { file: base.file },
      'Exchange the two, or take another base.',
    );
  }
  const skipped: string[] = [];
  const added: string[] = [];
  for (const { piece, type } of addition.pieces) {
    if (base.ids.has(piece)) continue;
    if (type === PieceType.normal || type === PieceType.userDefined) added.push(piece);
    else skipped.push(piece);
  }
  const language = newLanguageOf(base.pieces, added);
  yield;
  const pieces = recipeRule(recipe)({ base, added, language });
  const union = base.pieces.length + pieces.length;
  if (union > maximumPieces)
    return bad(`the union has ${union} pieces, more than ${maximumPieces}`, { file }, 'Take a smaller addition.');
  yield;
  const parsed = parseModel(withPieces(base, pieces), file);
  if (!parsed.ok) return parsed;
  yield;
  const model = parsed.value;
  const tokenizerJson = writeTokenizerJson(model);
  yield;
  const report = yield* reportOf({
    recipe,
    base,
    addition,
    model,
    added: added.length,
    skipped,
    script: language.script,
    tokenizerJson,
  });
  return ok({ model, language, report, tokenizerJson });
}
