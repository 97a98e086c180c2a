/**
 * Two vocabularies made one: the base with the addition's pieces behind its own, in the addition's order. The recipe says
 * at which score the new pieces are merged, and so what becomes of texts that the base spelt well already.
 */
import { bad, ok, type Result } from '../base/problem.ts';
import { createTokenizer } from '../tokenizers/modelFile.ts';
import { spaceSymbol } from '../tokenizers/normalizer.ts';
import { maximumPieces, parseModel, type SentencePieceModel } from '../tokenizers/sentencePieceModel.ts';
import { withPieces } from '../tokenizers/sentencePieceWriter.ts';
import { type Piece, PieceType } from '../tokenizers/tokenizer.ts';
import { holdsScript, mainScript } from './scripts.ts';

/**
 * `append`: every new piece at score 0, as Chinese-LLaMA-Alpaca published it. It outranks the base's own merges, and
 * changes texts in the base's language too.
 *
 * `ranked`: every new piece at a score of its own below all of the base's, so that the base's merges come first; a new
 * piece of several characters is produced only where it bears a mark of the new language, and else keeps its id unused.
 * The mark is a character of the new language's script; where that is the base's own main script (Vietnamese behind
 * English), a character that none of the base's merges knows. Texts without such characters keep their ids (but for
 * characters that had no piece before), and other libraries, which break ties differently, agree.
 */
export const recipes = ['ranked', 'append'] as const;
export type Recipe = (typeof recipes)[number];
/** Recipes that are known, and not there yet. */
const plannedRecipes: readonly string[] = ['greedy', 'closed'];

export interface MergeReport {
  readonly recipe: Recipe;
  /** Numbers of pieces: the base's, the new ones, those of the addition that the base has already, and all. */
  readonly base: number;
  readonly added: number;
  readonly shared: number;
  readonly union: number;
  /** New pieces that some text is encoded to, and those that none is: their embedding rows never train. */
  readonly reachable: number;
  readonly unreachable: readonly string[];
  /** Special pieces of the addition (control, unknown, byte, unused) that the base lacks: not taken over. */
  readonly skipped: readonly string[];
  /** The new language's script, found by the new pieces' letters; null where it is the base's own main script. */
  readonly script: string | null;
}

export interface Merged {
  readonly model: SentencePieceModel;
  readonly report: MergeReport;
}

/** A recipe by its name. */
export function recipeOf(name: string): Result<Recipe> {
  const recipe = recipes.find((known) => known === name);
  if (recipe !== undefined) return ok(recipe);
  const what = plannedRecipes.includes(name) ? `the recipe ${name} is not there yet` : `there is no recipe ${name}`;
  return bad(what, { name: '--recipe' }, `Take one of: ${recipes.join(', ')}.`);
}

/** Merges `addition` (of any algorithm) into `base` (BPE). `file` names the result in messages. */
export function mergeVocabularies(
  base: SentencePieceModel,
  addition: SentencePieceModel,
  recipe: Recipe,
  file: string,
): Result<Merged> {
  if (base.trainer.algorithm !== 'bpe') {
    return bad(
      `the base is a ${base.trainer.algorithm} model; pieces can be added to BPE models only`,
      { file: base.file },
      'Exchange the two, or take another base.',
    );
  }
  const skipped: string[] = [];
  const wanted: string[] = [];
  for (const { piece, type } of addition.pieces) {
    if (base.ids.has(piece)) continue;
    if (type === PieceType.normal || type === PieceType.userDefined) wanted.push(piece);
    else skipped.push(piece);
  }
  const union = base.pieces.length + wanted.length;
  if (union > maximumPieces) return bad(`the union has ${union} pieces, more than ${maximumPieces}`, { file });
  const script = newScript(base, wanted);
  const parsed = parseModel(withPieces(base, newPieces(base, wanted, recipe, script)), file);
  if (!parsed.ok) return parsed;
  const model = parsed.value;
  const unreachable = unreachablePieces(model, base.pieces.length);
  const report: MergeReport = {
    recipe,
    base: base.pieces.length,
    added: wanted.length,
    shared: addition.pieces.length - wanted.length - skipped.length,
    union,
    reachable: wanted.length - unreachable.length,
    unreachable,
    skipped,
    script: script ?? null,
  };
  return ok({ model, report });
}

function newPieces(
  base: SentencePieceModel,
  wanted: readonly string[],
  recipe: Recipe,
  script: string | undefined,
): Piece[] {
  switch (recipe) {
    case 'append':
      return wanted.map((piece) => ({ piece, score: 0, type: PieceType.normal }));
    case 'ranked': {
      const isNew = script === undefined ? withoutMerges(base) : (piece: string) => holdsScript(piece, script);
      let score = base.pieces.reduce((lowest, piece) => Math.min(lowest, piece.score), 0);
      return wanted.map((piece) => {
        score = scoreBelow(score);
        const produced = Array.from(piece).length === 1 || isNew(piece);
        return { piece, score, type: produced ? PieceType.normal : PieceType.control };
      });
    }
    default:
      recipe satisfies never;
      throw new Error('unknown recipe');
  }
}

/** The script that tells the new language from the base's; undefined where both have the same, or the new pieces none. */
function newScript(base: SentencePieceModel, wanted: readonly string[]): string | undefined {
  const script = mainScript(wanted);
  return script === mainScript(base.pieces.map(({ piece }) => piece)) ? undefined : script;
}

/** Tells pieces that hold a character which stands in no piece of the base of several characters. */
function withoutMerges(base: SentencePieceModel): (piece: string) => boolean {
  const merged = new Set<string>();
  for (const { piece, type } of base.pieces) {
    const characters = type === PieceType.normal ? Array.from(piece) : [];
    if (characters.length > 1) for (const character of characters) merged.add(character);
  }
  return (piece) => Array.from(piece).some((character) => !merged.has(character));
}

/** A lower score that is still another number in float32: one less, or a power of two where numbers are that far apart. */
function scoreBelow(score: number): number {
  let step = 1;
  while (Math.fround(score - step) >= Math.fround(score)) step *= 2;
  return Math.fround(score - step);
}

/**
 * The pieces from id `first` on that are never produced. What is merged inside of a piece does not depend on what stands
 * around it, so a piece is reached by some text just if it is reached by its own.
 */
function unreachablePieces(model: SentencePieceModel, first: number): string[] {
  const tokenizer = createTokenizer({ ...model, normalizer: { ...model.normalizer, addDummyPrefix: false } });
  const found: string[] = [];
  for (let id = first; id < model.pieces.length; id++) {
    const { piece } = model.pieces[id]!;
    const { ids } = tokenizer.encode(piece.replaceAll(spaceSymbol, ' '));
    if (ids.length !== 1 || ids[0] !== id) found.push(piece);
  }
  return found;
}

/** What a text costs before and after; `percent` of its tokens are saved. */
export interface TextCost {
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  readonly percent: number;
}

export function textCost(text: string, before: SentencePieceModel, after: SentencePieceModel): TextCost {
  const tokensBefore = createTokenizer(before).count(text);
  const tokensAfter = createTokenizer(after).count(text);
  const share = tokensBefore === 0 ? 0 : (tokensBefore - tokensAfter) / tokensBefore;
  return { tokensBefore, tokensAfter, percent: Math.round(share * 1000) / 10 };
}
