/** What a merge into a byte-level vocabulary did, in the form of every merge report. */
import { type ByteLevelModel, symbolsOfBytes } from '../tokenizers/byteLevelModel.ts';
import { createTokenizer, type TokenizerModel } from '../tokenizers/modelFile.ts';
import { PreTokenizer } from '../tokenizers/preTokenizer.ts';
import type { SpecialToken } from './differences.ts';
import type { GrowingBpe } from './growingBpe.ts';
import { isOneWord, isProduced, type NewPiece } from './byteLevelPieces.ts';
import type { MergeReport } from './mergeReport.ts';
import { pieceKinds, piecesByScript } from './newPieces.ts';
import type { NewLanguage } from './newLanguage.ts';
import type { Recipe } from './recipes.ts';
import { type UnreachablePiece, unreachableReasons } from './unreachable.ts';

export interface ByteLevelMergeReport extends MergeReport {
  /** New pieces that no merges lead to: where a word is taken as it stands (`ignore_merges`), they are reached as whole words only. */
  readonly wholeWordsOnly: number;
}

interface Outcome {
  readonly recipe: Recipe;
  readonly base: ByteLevelModel;
  readonly addition: TokenizerModel;
  readonly model: ByteLevelModel;
  readonly added: readonly NewPiece[];
  readonly shared: number;
  readonly skipped: readonly string[];
  readonly language: NewLanguage;
  readonly bpe: GrowingBpe;
}

export function byteLevelReport(outcome: Outcome): ByteLevelMergeReport {
  const { recipe, base, addition, model, added, shared, skipped, language, bpe } = outcome;
  const first = base.pieces.length;
  const { unreachable, wholeWordsOnly } = unreached(outcome);
  const names = unreachable.map(({ piece }) => piece);
  const shown = added.map(({ piece }) => piece);
  const groups = unreachableReasons.map((reason) => {
    const pieces = unreachable
      .filter((piece) => piece.reason === reason)
      .map(({ piece, spelled }) => ({ piece, ...(spelled === undefined ? {} : { spelled }) }));
    return { reason, count: pieces.length, pieces };
  });
  return {
    recipe,
    base: first,
    added: added.length,
    shared,
    union: bpe.pieces.length,
    intermediates: bpe.pieces.length - first - added.length,
    sharedOfBase: shared / first,
    sharedOfAddition: shared / addition.pieces.length,
    reachable: added.length - unreachable.length,
    unreachable: names,
    unreachableBecause: groups.filter(({ count }) => count > 0),
    wholeWordsOnly,
    skipped,
    script: language.script ?? null,
    newPiecesByScript: piecesByScript(shown, new Set(names)),
    newPieceKinds: pieceKinds(shown),
    rules: rules(base, addition),
    normalizerExamples: [],
    specialTokens: specialTokens(base, addition),
    sharedOfOtherType: [],
    tokenizerJson: { written: true },
    loadable: [
      { library: 'Hugging Face tokenizers', sameIds: true, because: [] },
      {
        library: 'SentencePiece',
        sameIds: false,
        because: [{ fact: 'refused', pieces: 0, reason: 'SentencePiece has no byte-level vocabularies' }],
      },
    ],
    roundedSizes: [64, 128].map((multiple) => {
      const size = Math.ceil(model.pieces.length / multiple) * multiple;
      return { multiple, size, padding: size - model.pieces.length };
    }),
  };
}

function unreached({ base, model, added, language, bpe }: Outcome): {
  unreachable: UnreachablePiece[];
  wholeWordsOnly: number;
} {
  const tokenizer = createTokenizer(model);
  const preTokenizer = new PreTokenizer(base.steps);
  const unreachable: UnreachablePiece[] = [];
  let wholeWordsOnly = 0;
  for (const [i, piece] of added.entries()) {
    const id = base.pieces.length + i;
    const byMerges = bpe.encode(piece.bytes);
    const isReached = byMerges.length === 1 && byMerges[0] === id;
    if (!isProduced(piece, language)) {
      unreachable.push({ piece: piece.piece, reason: 'heldBack' });
      continue;
    }
    const spelled = Array.from(tokenizer.encode(piece.text ?? '').ids, (token) => model.pieces[token]!.piece);
    if (!isOneWord(preTokenizer, piece)) {
      unreachable.push({ piece: piece.piece, reason: 'preTokenizer', spelled });
    } else if (!isReached) {
      if (spelled.length === 1 && spelled[0] === symbolsOfBytes(piece.bytes)) wholeWordsOnly++;
      else unreachable.push({ piece: piece.piece, reason: 'noMerges', spelled });
    }
  }
  return { unreachable, wholeWordsOnly };
}

function rules(base: ByteLevelModel, addition: TokenizerModel): MergeReport['rules'] {
  const kind = (model: TokenizerModel) =>
    model.format === 'sentencepiece' ? model.trainer.algorithm : 'byte-level bpe';
  const normalizer = (model: TokenizerModel) =>
    model.format === 'sentencepiece'
      ? model.normalizer.charsmap.length === 0
        ? 'none'
        : model.normalizer.name
      : model.normalizer;
  const prefix = (model: TokenizerModel) =>
    model.format === 'sentencepiece'
      ? model.normalizer.addDummyPrefix
      : model.steps.some((step) => step.kind === 'prefixSpace');
  const all = [
    { rule: 'model_type', base: kind(base), addition: kind(addition) },
    { rule: 'normalizer.name', base: normalizer(base), addition: normalizer(addition) },
    { rule: 'add_dummy_prefix', base: prefix(base), addition: prefix(addition) },
  ];
  return all.filter((rule) => rule.base !== rule.addition);
}

function specialTokens(base: ByteLevelModel, addition: TokenizerModel): SpecialToken[] {
  const [a, b] = [createTokenizer(base), createTokenizer(addition)];
  const token = (model: TokenizerModel, id: number | undefined) =>
    id === undefined ? null : { piece: model.pieces[id]!.piece, id };
  return [
    { role: 'unk', base: token(base, a.unkId), addition: token(addition, b.unkId) },
    { role: 'bos', base: token(base, a.bosId), addition: token(addition, b.bosId) },
    { role: 'eos', base: token(base, a.eosId), addition: token(addition, b.eosId) },
  ];
}
