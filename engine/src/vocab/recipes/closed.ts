/**
 * `closed`: as `ranked`, with the intermediate pieces behind that a chain of merges to every new piece needs. They are pieces
 * like the others: texts are encoded to them, which saves tokens too, and every library reads them alike.
 */
import { createTokenizer } from '../../tokenizers/modelFile.ts';
import type { SentencePieceModel } from '../../tokenizers/sentencePieceModel.ts';
import { type Encoding, type Piece, PieceType } from '../../tokenizers/tokenizer.ts';
import { mergesOnly } from '../mergesOnly.ts';
import type { NewLanguage } from '../newLanguage.ts';
import { isProduced, ranked, scoresBelow } from './ranked.ts';
import type { RecipeRule } from './rule.ts';

/** Each round repairs what the one before left; two are the rule. */
const mostRounds = 8;

/**
 * The base's merges come first, so a new piece is made from what the base makes of it, and the strings on the way from there
 * are added. Where its first part bears the mark, all beginnings of it are pieces then, and whatever is merged first inside of
 * it, the first two parts always make a piece. Else other new pieces may get in between: then the strings on the way from
 * what they leave are added too, until all are reached.
 */
export const closed: RecipeRule = ({ base, added, language }) => {
  const pieces = [...ranked({ base, added, language })];
  const scores = scoresBelow(pieces.length === 0 ? base.pieces : pieces);
  const known = new Set([...base.ids.keys(), ...added]);
  let open = added.filter((piece) => isProduced(piece, language));
  for (let round = 0; round < mostRounds && open.length > 0; round++) {
    const tokenizer = createTokenizer(mergesOnly(round === 0 ? base : extended(base, pieces)));
    const encodings = open.map((piece) => [piece, tokenizer.encode(piece)] as const);
    for (const [piece, encoding] of encodings) {
      for (const text of onTheWay(piece, encoding, language)) {
        if (known.has(text)) continue;
        known.add(text);
        pieces.push({ piece: text, score: scores(), type: PieceType.normal });
      }
    }
    if (round > 0) open = encodings.filter(([, { ids }]) => ids.length > 1).map(([piece]) => piece);
  }
  return pieces;
};

/**
 * The strings between a piece's parts and the piece: from its first part with a mark of the new language, to the left and
 * then to the right. Strings without a mark are never among them: as pieces they would change old texts.
 */
function onTheWay(piece: string, { starts }: Encoding, language: NewLanguage): string[] {
  // Byte pieces share the place of their character.
  const cuts = [...new Set(starts), piece.length];
  const last = cuts.length - 1;
  let first = 0;
  while (first < last - 1 && !language.marks(piece.slice(cuts[first], cuts[first + 1]))) first++;
  const found: string[] = [];
  for (let left = first - 1; left >= 0; left--) found.push(piece.slice(cuts[left], cuts[first + 1]));
  for (let right = first + 2; right < last; right++) found.push(piece.slice(0, cuts[right]));
  return found;
}

function extended(base: SentencePieceModel, added: readonly Piece[]): SentencePieceModel {
  const pieces = [...base.pieces, ...added];
  return { ...base, pieces, ids: new Map(pieces.map(({ piece }, id) => [piece, id])) };
}
