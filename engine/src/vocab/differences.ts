/**
 * What two vocabularies disagree on beside their pieces: rules for the text before it is encoded, and special tokens. The
 * merged one follows the base in all of it; what the addition expected is lost, and told here.
 */
import { LongestMatch, Normalizer } from '../tokenizers/normalizer.ts';
import type { SentencePieceModel } from '../tokenizers/sentencePieceModel.ts';
import { PieceType } from '../tokenizers/tokenizer.ts';

/** A rule of both, by its name in the file: the merged vocabulary has the base's. */
export interface RuleDifference {
  readonly rule: string;
  readonly base: string | boolean;
  readonly addition: string | boolean;
}

/** A text that the two normalise differently. */
export interface NormalizerExample {
  /** What it shows: `full-width letters`. */
  readonly what: string;
  readonly text: string;
  readonly base: string;
  readonly addition: string;
}

export interface SpecialToken {
  readonly role: 'unk' | 'bos' | 'eos' | 'pad';
  /** null: there is none. The merged vocabulary has the base's. */
  readonly base: { readonly piece: string; readonly id: number } | null;
  readonly addition: { readonly piece: string; readonly id: number } | null;
}

export interface Differences {
  /** Rules that differ. */
  readonly rules: readonly RuleDifference[];
  readonly normalizerExamples: readonly NormalizerExample[];
  readonly specialTokens: readonly SpecialToken[];
  /** Pieces of both with another type in each (a NORMAL `<s>`): they count as shared, and stay what they are in the base. */
  readonly sharedOfOtherType: readonly string[];
}

/** Texts on which normalisers commonly disagree. */
const examples: readonly (readonly [what: string, text: string])[] = [
  ['full-width letters', '\uff21\uff22\uff23\uff11'],
  ['decomposed Hangul (NFD)', '\u1112\u1161\u11ab'],
  ['decomposed Latin (NFD)', 'e\u0301'],
  ['compatibility Hangul', '\u3131\uffa1'],
  ['ligature', '\ufb01'],
  ['circled number', '\u2460'],
  ['ellipsis', '\u2026'],
  ['no-break space', 'a\u00a0b'],
  ['ideographic space', 'a\u3000b'],
  ['zero-width space', 'a\u200bb'],
  ['tab', 'a\tb'],
  ['two spaces', 'a  b'],
  ['space at the ends', ' a '],
];

export function differencesOf(base: SentencePieceModel, addition: SentencePieceModel): Differences {
  const [a, b] = [rulesOf(base), rulesOf(addition)];
  const rules = Object.keys(a).filter((rule) => a[rule] !== b[rule]);
  const [first, second] = [normalizerOf(base), normalizerOf(addition)];
  return {
    rules: rules.map((rule) => ({ rule, base: a[rule]!, addition: b[rule]! })),
    normalizerExamples: examples
      .map(([what, text]) => ({ what, text, base: first(text), addition: second(text) }))
      .filter((example) => example.base !== example.addition),
    specialTokens: specialTokens(base, addition),
    sharedOfOtherType: addition.pieces
      .filter(({ piece, type }) => {
        const id = base.ids.get(piece);
        return id !== undefined && base.pieces[id]!.type !== type;
      })
      .map(({ piece }) => piece),
  };
}

function rulesOf({ trainer, normalizer }: SentencePieceModel): Readonly<Record<string, string | boolean>> {
  return {
    model_type: trainer.algorithm,
    'normalizer.name': normalizer.charsmap.length === 0 ? 'identity' : normalizer.name,
    add_dummy_prefix: normalizer.addDummyPrefix,
    remove_extra_whitespaces: normalizer.removeExtraWhitespaces,
    escape_whitespaces: normalizer.escapeWhitespaces,
    treat_whitespace_as_suffix: trainer.whitespaceAsSuffix,
    byte_fallback: trainer.byteFallback,
  };
}

/** What a model's own rules make of a text, with spaces for `▁` and without what its dummy prefix adds. */
function normalizerOf({ normalizer }: SentencePieceModel): (text: string) => string {
  const rules = new Normalizer(
    { ...normalizer, addDummyPrefix: false, escapeWhitespaces: false },
    false,
    new LongestMatch([]),
  );
  return (text) => rules.normalize(text).text;
}

function specialTokens(base: SentencePieceModel, addition: SentencePieceModel): SpecialToken[] {
  const [a, b] = [rolesOf(base), rolesOf(addition)];
  const token = (model: SentencePieceModel, id: number | undefined) =>
    id === undefined ? null : { piece: model.pieces[id]!.piece, id };
  return (['unk', 'bos', 'eos', 'pad'] as const).map((role) => ({
    role,
    base: token(base, a[role]),
    addition: token(addition, b[role]),
  }));
}

/** As the encoder finds them, without making one: that takes seconds for large vocabularies. */
function rolesOf(model: SentencePieceModel): Readonly<Record<SpecialToken['role'], number | undefined>> {
  const { ids, pieces, trainer, unkId } = model;
  const special = (names: readonly string[], isIt: (type: PieceType) => boolean) =>
    names.map((name) => ids.get(name)).find((id) => id !== undefined && isIt(pieces[id]!.type));
  const isControl = (type: PieceType) => type === PieceType.control;
  return {
    unk: unkId,
    bos: special([trainer.bosPiece], isControl),
    eos: special([trainer.eosPiece], isControl),
    // No reader needs the name of the padding piece; these are the ones in use.
    pad: special(['<pad>', '[PAD]', '<PAD>'], (type) => type !== PieceType.normal),
  };
}
