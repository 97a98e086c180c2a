/**
 * What a merge did: the content of merge-report.json, as far as the vocabularies alone tell it (what it does to texts:
 * textReport.ts). Numbers are of pieces where nothing else is said, shares are 0 to 1.
 */
import type { Result } from '../base/problem.ts';
import type { Steps } from '../base/steps.ts';
import type { SentencePieceModel } from '../tokenizers/sentencePieceModel.ts';
import { type Differences, differencesOf } from './differences.ts';
import { type Loadable, loadableWhere } from './loadable.ts';
import { type PieceKinds, pieceKinds, type PiecesOfScript, piecesByScript } from './newPieces.ts';
import type { Recipe } from './recipes.ts';
import { type UnreachablePiece, type UnreachableReason, unreachablePieces, unreachableReasons } from './unreachable.ts';

export interface MergeReport extends Differences {
  readonly recipe: Recipe;
  /** The base's pieces, the addition's new ones, those of the addition that the base has already, and all there are now. */
  readonly base: number;
  readonly added: number;
  readonly shared: number;
  readonly union: number;
  /** Pieces behind the new ones, of neither vocabulary, that the recipe `closed` needs. Part of `union`, not of `added`. */
  readonly intermediates: number;
  /** How large a part the shared pieces are of each vocabulary. */
  readonly sharedOfBase: number;
  readonly sharedOfAddition: number;
  /** Those of the `added` that some text is encoded to, and those that none is: their embedding rows never train. */
  readonly reachable: number;
  readonly unreachable: readonly string[];
  /** The same pieces, with the reason for each, grouped by it. */
  readonly unreachableBecause: readonly UnreachableGroup[];
  /** Special pieces of the addition (control, unknown, byte, unused) that the base lacks: not taken over. */
  readonly skipped: readonly string[];
  /** The new language's script, found by the new pieces' letters; null where it is the base's own main script. */
  readonly script: string | null;
  readonly newPiecesByScript: readonly PiecesOfScript[];
  readonly newPieceKinds: PieceKinds;
  /** Whether a tokenizer.json gives the same ids, and so stands beside tokenizer.model; why none can, else. */
  readonly tokenizerJson: { readonly written: true } | { readonly written: false; readonly reason: string };
  readonly loadable: readonly Loadable[];
  /** Sizes that an embedding may be rounded up to, since GPUs like them. */
  readonly roundedSizes: readonly { readonly multiple: number; readonly size: number; readonly padding: number }[];
}

export interface UnreachableGroup {
  readonly reason: UnreachableReason;
  readonly count: number;
  readonly pieces: readonly Omit<UnreachablePiece, 'reason'>[];
}

/** A merge as it was done. */
export interface MergeOutcome {
  readonly recipe: Recipe;
  readonly base: SentencePieceModel;
  readonly addition: SentencePieceModel;
  /** The base's pieces, then the added ones, then those that the recipe needs beside. */
  readonly model: SentencePieceModel;
  readonly added: number;
  readonly skipped: readonly string[];
  readonly script: string | undefined;
  /** What the writer of tokenizer.json says of the model. */
  readonly tokenizerJson: Result<string>;
}

export function* reportOf(outcome: MergeOutcome): Steps<MergeReport> {
  const { recipe, base, addition, model, added, skipped, script, tokenizerJson } = outcome;
  const first = base.pieces.length;
  const shared = addition.pieces.length - added - skipped.length;
  const unreachable = yield* unreachablePieces(model, first, first + added);
  const names = unreachable.map(({ piece }) => piece);
  const newPieces = model.pieces.slice(first, first + added).map(({ piece }) => piece);
  yield;
  return {
    recipe,
    base: first,
    added,
    shared,
    union: model.pieces.length,
    intermediates: model.pieces.length - first - added,
    sharedOfBase: shared / first,
    sharedOfAddition: shared / addition.pieces.length,
    reachable: added - unreachable.length,
    unreachable: names,
    unreachableBecause: unreachableReasons
      .map((reason) => grouped(reason, unreachable))
      .filter(({ count }) => count > 0),
    skipped,
    script: script ?? null,
    newPiecesByScript: piecesByScript(newPieces, new Set(names)),
    newPieceKinds: pieceKinds(newPieces),
    ...differencesOf(base, addition),
    tokenizerJson: tokenizerJson.ok ? { written: true } : { written: false, reason: tokenizerJson.problem.what },
    loadable: loadableWhere(model, first, tokenizerJson),
    roundedSizes: [64, 128].map((multiple) => {
      const size = Math.ceil(model.pieces.length / multiple) * multiple;
      return { multiple, size, padding: size - model.pieces.length };
    }),
  };
}

function grouped(reason: UnreachableReason, all: readonly UnreachablePiece[]): UnreachableGroup {
  const pieces = all
    .filter((piece) => piece.reason === reason)
    .map(({ piece, spelled, missing }) => ({
      piece,
      ...(spelled === undefined ? {} : { spelled }),
      ...(missing === undefined ? {} : { missing }),
    }));
  return { reason, count: pieces.length, pieces };
}
