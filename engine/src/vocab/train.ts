/**
 * A vocabulary from text, BPE or unigram, in SentencePiece's form and by its rules: ▁ only in front, letters of one script,
 * up to 16 characters. Words are counted first (`WordCounts`), so memory and time go with the distinct words. The same lines give the
 * same bytes, in whatever order and chunks they come, unless words had to be forgotten.
 */
import { bad, ok, type Result } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { finish, type Steps } from '../base/steps.ts';
import { parseModel, type SentencePieceModel } from '../tokenizers/sentencePieceModel.ts';
import { type Piece, PieceType } from '../tokenizers/tokenizer.ts';
import { mergePairs } from './train/bpe.ts';
import { identity, newModel, specialPieces } from './train/newModel.ts';
import type { TrainOptions } from './train/options.ts';
import { type Segments, segmentsInSteps } from './train/segments.ts';
import { unigramPieces } from './train/unigram.ts';
import { WordCounts } from './train/wordCounts.ts';

export { WordCounts } from './train/wordCounts.ts';

export interface Trained {
  readonly model: SentencePieceModel;
  readonly report: TrainingReport;
}

/** What the training met. Counts are of the words kept. */
export interface TrainingReport {
  readonly lines: number;
  readonly distinctWords: number;
  /** Words that were forgotten for want of room, and how often they occurred. */
  readonly forgotten: { readonly words: number; readonly occurrences: number };
  /** Characters of the text, each word's ▁ included. */
  readonly characters: number;
  /** Distinct characters that are pieces. */
  readonly alphabet: number;
  /** Share of the text's characters that they make up. */
  readonly covered: number;
  /** Bytes that are no UTF-8, and replacement characters. */
  readonly broken: number;
  /** Tokens of the text in the new vocabulary, without BOS and EOS. */
  readonly tokens: number;
}

/** Trains a model. `file` names it in messages. */
export const train = (words: WordCounts, options: TrainOptions, file: string): Result<Trained> =>
  finish(trainInSteps(words, options, file));

/** As `train`, with pauses. */
export function* trainInSteps(
  words: WordCounts,
  given: TrainOptions,
  file: string,
  onProgress: NonNullable<Work['onProgress']> = () => undefined,
): Steps<Result<Trained>> {
  const options: Required<TrainOptions> = { ...defaults, ...given };
  const { size } = options;
  const special = specialPieces(options);
  onProgress({ message: 'sorting words', fraction: 0 });
  const segments = yield* segmentsInSteps(words, options);
  const alphabet = segments.characters.length;
  if (segments.counts.length === 0) return bad('there is no text to train on', { name: '--input' });
  const least = special.length + alphabet;
  if (size < least) {
    return bad(
      `a vocabulary of ${size} is too small: special pieces take ${special.length}, single characters ${alphabet}`,
      { name: '--size' },
      `Ask for ${least} or more, or lower --coverage.`,
    );
  }
  const found = yield* options.type === 'bpe'
    ? bpe(segments, options, special.length, onProgress)
    : unigram(segments, options, special.length, onProgress);
  const possible = special.length + found.pieces.length;
  if (possible < size) {
    return bad(
      `at most ${possible} pieces are possible with this text, not ${size}`,
      { name: '--size' },
      `Ask for ${possible} or fewer, or give more text.`,
    );
  }
  const taken = new Set(special.map((piece) => piece.piece));
  const model = parseModel(newModel([...special, ...found.pieces.filter((p) => !taken.has(p.piece))], options), file);
  if (!model.ok) return model;
  const { uncovered, totalCharacters } = segments;
  return ok({
    model: model.value,
    report: {
      lines: words.lines,
      distinctWords: words.words.size,
      forgotten: words.forgotten,
      characters: totalCharacters,
      alphabet,
      covered: 1 - uncovered.characters / totalCharacters,
      broken: uncovered.broken,
      tokens: found.tokens + words.userDefinedCount + (options.byteFallback ? uncovered.bytes : uncovered.characters),
    },
  });
}

const defaults = {
  type: 'bpe',
  longest: 16,
  splitDigits: false,
  control: [],
  userDefined: [],
  normalizer: identity,
  seeds: 1_000_000,
} satisfies Partial<TrainOptions>;

interface Found {
  readonly pieces: readonly Piece[];
  readonly tokens: number;
}

function* bpe(
  segments: Segments,
  { size, longest }: Required<TrainOptions>,
  special: number,
  onProgress: NonNullable<Work['onProgress']>,
): Steps<Found> {
  const merges = size - special - segments.characters.length;
  const { pieces, tokens } = yield* mergePairs(segments, merges, longest, (made) =>
    onProgress({ message: 'merging', fraction: made / merges }),
  );
  // The rank is the score: what was merged first is merged first.
  const ranked = [...pieces, ...segments.characters].map((piece, i) => ({
    piece,
    score: i === 0 ? 0 : -i,
    type: PieceType.normal,
  }));
  return { pieces: ranked, tokens };
}

function* unigram(
  segments: Segments,
  { size, longest, seeds }: Required<TrainOptions>,
  special: number,
  onProgress: NonNullable<Work['onProgress']>,
): Steps<Found> {
  onProgress({ message: 'finding frequent strings', fraction: 0 });
  let first = 0;
  const { pieces, tokens } = yield* unigramPieces(segments, { size: size - special, longest, seeds }, (left, all) => {
    first = Math.max(first, all, left);
    // Each round leaves three quarters of the pieces.
    const fraction = Math.min(1, Math.log(first / left) / Math.log(Math.max(2, first / (size - special))));
    onProgress({ message: `choosing among ${left} pieces`, fraction });
  });
  return { pieces: pieces.map(({ piece, score }) => ({ piece, score, type: PieceType.normal })), tokens };
}

/** A BPE model, at once: for those who want nothing but the model. */
export function trainBpe(words: WordCounts, options: TrainOptions, file: string): Result<SentencePieceModel> {
  const trained = train(words, options, file);
  return trained.ok ? ok(trained.value.model) : trained;
}
