/**
 * A SentencePiece BPE model as the files that Hugging Face's libraries load: `tokenizer.json`, `tokenizer_config.json` and
 * `special_tokens_map.json`, as transformers writes them for Llama 2. A `tokenizer.json` is written only where it gives the
 * very ids that SentencePiece gives; where it cannot, the answer says why. Format: Hugging Face tokenizers 0.15 and later.
 *
 * One difference is Hugging Face's own way and stays: the names of the special tokens (`<s>`) inside of a text are read as
 * those tokens, which SentencePiece spells out.
 */
import { bad, ok, type Problem, type Result } from '../base/problem.ts';
import { spaceSymbol } from './normalizer.ts';
import { PartTable } from './partTable.ts';
import type { SentencePieceModel } from './sentencePieceModel.ts';
import { type Piece, PieceType } from './tokenizer.ts';

/** What a library that wants a `tokenizer.json` loads instead. */
const remedy = 'Load tokenizer.model with SentencePiece (transformers: use_fast=False), or take another recipe.';

/** The content of `tokenizer.json`, or why no such file gives SentencePiece's ids. */
export function tokenizerJson(model: SentencePieceModel): Result<string> {
  const obstacle = obstacleOf(model);
  if (obstacle !== undefined) return { ok: false, problem: obstacle };
  const merges = mergesOf(model);
  if (!merges.ok) return merges;
  const { addDummyPrefix } = model.normalizer;
  const special = specialIds(model);
  const escape = { type: 'Replace', pattern: { String: ' ' }, content: spaceSymbol };
  const prefix = addDummyPrefix ? [{ type: 'Prepend', prepend: spaceSymbol }] : [];
  const decoders = [
    { type: 'Replace', pattern: { String: spaceSymbol }, content: ' ' },
    ...(model.trainer.byteFallback ? [{ type: 'ByteFallback' }] : []),
    { type: 'Fuse' },
    ...(addDummyPrefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
  ];
  const head = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((id) => ({ id, ...addedToken(model.pieces[id]!.piece) })),
    normalizer: { type: 'Sequence', normalizers: [...prefix, escape] },
    pre_tokenizer: null,
    post_processor: postProcessor(model),
    decoder: { type: 'Sequence', decoders },
  };
  const settings = {
    type: 'BPE',
    dropout: null,
    unk_token: model.pieces[model.unkId]!.piece,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: true,
    byte_fallback: model.trainer.byteFallback,
  };
  // By hand: an object would bring pieces that are numbers to the front.
  const vocab = model.pieces.map(({ piece }, id) => `      ${JSON.stringify(piece)}: ${id}`).join(',\n');
  const merge = merges.value.map(([left, right]) => `      ${JSON.stringify(`${left} ${right}`)}`).join(',\n');
  const list = merge === '' ? '[]' : `[\n${merge}\n    ]`;
  return ok(
    `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "model": ${JSON.stringify(settings, null, 2)
      .slice(0, -2)
      .replaceAll('\n', '\n  ')},\n    "vocab": {\n${vocab}\n    },\n    "merges": ${list}\n  }\n}\n`,
  );
}

/** The contents of the two small files that transformers' LlamaTokenizer reads beside the vocabulary. */
export function tokenizerConfig(model: SentencePieceModel): { tokenizerConfig: string; specialTokensMap: string } {
  const { bos, eos } = sentenceIds(model);
  const nameOf = (id: number | undefined) => (id === undefined ? null : model.pieces[id]!.piece);
  const unk = model.unkId;
  const config = {
    add_bos_token: bos !== undefined,
    add_eos_token: false,
    added_tokens_decoder: Object.fromEntries(
      specialIds(model).map((id) => [id, addedToken(model.pieces[id]!.piece)] as const),
    ),
    bos_token: nameOf(bos),
    clean_up_tokenization_spaces: false,
    eos_token: nameOf(eos),
    // What stands behind a special token is encoded as any text is: SentencePiece's own way, and that of tokenizer.json.
    legacy: true,
    pad_token: null,
    sp_model_kwargs: {},
    tokenizer_class: 'LlamaTokenizer',
    unk_token: nameOf(unk),
  };
  const entry = (name: string, id: number | undefined) => {
    if (id === undefined) return [];
    const { content, lstrip, normalized, rstrip, single_word } = addedToken(model.pieces[id]!.piece);
    return [[name, { content, lstrip, normalized, rstrip, single_word }] as const];
  };
  const map = Object.fromEntries([...entry('bos_token', bos), ...entry('eos_token', eos), ...entry('unk_token', unk)]);
  return {
    tokenizerConfig: `${JSON.stringify(config, null, 2)}\n`,
    specialTokensMap: `${JSON.stringify(map, null, 2)}\n`,
  };
}

/** The first thing that Hugging Face's BPE does not have. */
function obstacleOf(model: SentencePieceModel): Problem | undefined {
  const { normalizer, trainer, denormalizer, pieces } = model;
  const no = (what: string): Problem =>
    bad(`no tokenizer.json gives the same ids: ${what}`, { file: model.file }, remedy).problem;
  if (trainer.algorithm !== 'bpe') {
    return no(
      'it is a unigram model, whose sums Hugging Face rounds otherwise, and so chooses otherwise between equals',
    );
  }
  if (normalizer.charsmap.length > 0) {
    return no(
      `its normalisation rules (${normalizer.name === '' ? 'unnamed' : normalizer.name}) work on other units there`,
    );
  }
  if (denormalizer !== undefined && denormalizer.charsmap.length > 0) return no('it has rules for decoding');
  if (normalizer.removeExtraWhitespaces) return no('it takes runs of spaces as one');
  if (!normalizer.escapeWhitespaces) return no(`it does not write spaces as ${spaceSymbol}`);
  if (trainer.whitespaceAsSuffix) return no('it puts spaces behind words');
  for (const { piece, type } of pieces) {
    if (type === PieceType.userDefined)
      return no(`user-defined pieces such as ${show(piece)} are matched before merging`);
    if (type === PieceType.unused)
      return no(`unused pieces such as ${show(piece)} are merged first and taken apart again`);
    const isCharacter = piece.length <= 2 && Array.from(piece).length === 1;
    if (isCharacter && type !== PieceType.normal) return no(`the single character ${show(piece)} is a special piece`);
  }
  return undefined;
}

/** Pairs of pieces in the order in which they are merged, the first at once, or the two pieces that contend. */
function mergesOf(model: SentencePieceModel): Result<[left: string, right: string][]> {
  const { ids, pieces, file } = model;
  const no = (what: string) => bad(`no tokenizer.json gives the same ids: ${what}`, { file }, remedy);
  const normal = new PartTable(pieces.length);
  for (const [piece, id] of ids) {
    if (pieces[id]!.type !== PieceType.normal) continue;
    normal.read(piece);
    normal.add(0, piece.length, id);
  }
  const made: Piece[] = [];
  const cutsOf = new Map<string, number[]>();
  for (const entry of pieces) {
    const { piece, type } = entry;
    // Spaces in pieces match nothing: a text's own are written otherwise.
    if (type !== PieceType.normal || piece.includes(' ')) continue;
    const cuts: number[] = [];
    normal.read(piece);
    const isOneCharacter = (from: number, to: number) =>
      to - from === 1 || (to - from === 2 && piece.codePointAt(from)! > 0xffff);
    for (let cut = 1; cut < piece.length; cut++) {
      if (isTrail(piece.charCodeAt(cut))) continue;
      const left = normal.find(0, cut) >= 0;
      const right = normal.find(cut, piece.length) >= 0;
      if (left && right) cuts.push(cut);
      // SentencePiece merges characters that are no pieces themselves.
      else if ((left || isOneCharacter(0, cut)) && (right || isOneCharacter(cut, piece.length))) {
        const lacking = left ? piece.slice(cut) : piece.slice(0, cut);
        return no(`${show(piece)} is made of ${show(lacking)}, which is no piece itself`);
      }
    }
    if (cuts.length === 0) continue;
    made.push(entry);
    cutsOf.set(piece, cuts);
  }
  made.sort((a, b) => b.score - a.score);
  const merges: [string, string][] = [];
  for (let from = 0, to = 0; from < made.length; from = to) {
    while (to < made.length && made[to]!.score === made[from]!.score) to++;
    const tied = made.slice(from, to);
    if (tied.length > 1 && !arePowers(tied, made)) {
      const [one, other] = tied.map(({ piece }) => show(piece));
      return no(
        `${one} and ${other} have the same score, between which SentencePiece takes the one that stands first in a text, ` +
          'and Hugging Face the one that stands first in the file',
      );
    }
    const pairs = tied.flatMap(({ piece }) =>
      cutsOf.get(piece)!.map((cut): [string, string] => [piece.slice(0, cut), piece.slice(cut)]),
    );
    // As transformers has it. Among the pairs of one piece the order makes no difference that any text has shown.
    pairs.sort((a, b) => b[0].length - a[0].length || b[1].length - a[1].length);
    merges.push(...pairs);
  }
  return ok(merges);
}

/**
 * True where pieces of one score are all the pieces that repeat one character (Llama's runs of spaces). Those are the same
 * in both orders if longer left sides come first: a run is taken up from its left end, one piece grows at a time, by one
 * character or into the finished piece before it, and that is both the leftmost pair and the one with the longest left side.
 */
function arePowers(tied: readonly Piece[], made: readonly Piece[]): boolean {
  const [character] = tied[0]!.piece;
  const isPower = ({ piece }: Piece) => piece === character!.repeat(piece.length / character!.length);
  return tied.every(isPower) && made.filter(isPower).length === tied.length;
}

/** The special pieces that become added tokens: these three alone, since a library takes hours to add thousands. */
function specialIds(model: SentencePieceModel): number[] {
  const { bos, eos } = sentenceIds(model);
  return [model.unkId, bos, eos].filter((id) => id !== undefined).sort((a, b) => a - b);
}

function sentenceIds(model: SentencePieceModel): { bos: number | undefined; eos: number | undefined } {
  const control = (piece: string) => {
    const id = model.ids.get(piece);
    return id !== undefined && model.pieces[id]!.type === PieceType.control ? id : undefined;
  };
  return { bos: control(model.trainer.bosPiece), eos: control(model.trainer.eosPiece) };
}

const addedToken = (content: string) => ({
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});

/** BOS before each text, where there is one and special tokens are asked for. */
function postProcessor(model: SentencePieceModel): unknown {
  const { bos } = sentenceIds(model);
  if (bos === undefined) return null;
  const id = model.pieces[bos]!.piece;
  const token = (type: number) => ({ SpecialToken: { id, type_id: type } });
  const text = (name: string, type: number) => ({ Sequence: { id: name, type_id: type } });
  return {
    type: 'TemplateProcessing',
    single: [token(0), text('A', 0)],
    pair: [token(0), text('A', 0), token(1), text('B', 1)],
    special_tokens: { [id]: { id, ids: [bos], tokens: [id] } },
  };
}

const show = (piece: string): string => JSON.stringify(piece);
const isTrail = (unit: number): boolean => (unit & 0xfc00) === 0xdc00;
