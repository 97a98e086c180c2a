/**
 * Reads a Hugging Face tokenizer.json of the byte-level BPE kind: all of it that decides which ids a text gets. What this house
 * cannot do exactly is refused by name and place; what decides nothing (padding, truncation, the post-processor's BOS, which
 * is added only where a caller asks) is passed over. Format: Hugging Face tokenizers 0.23.
 */
import { ok, ProblemError, type Result } from '../base/problem.ts';
import { byteSymbols, type AddedToken, type ByteLevelModel, type MergeTable } from './byteLevelModel.ts';
import { JsonPlace, parseJson } from './jsonPlaces.ts';
import { wanted } from './otherFormats.ts';
import { maximumPieces } from './sentencePieceModel.ts';
import { type Piece, PieceType } from './tokenizer.ts';
import { readNormalizer, readSteps } from './tokenizerJsonSteps.ts';

/** Names of the tokens that begin and end a text, where another file says them. */
export interface SpecialNames {
  readonly bos?: string;
  readonly eos?: string;
}

const damaged = 'The file is damaged, or no tokenizer.json; get it again from its source.';

/** What these tokens are called where nothing says it. */
const usualBos = ['<|begin_of_text|>', '<s>', '<|startoftext|>', '<bos>', '[BOS]'];
const usualEos = ['<|end_of_text|>', '</s>', '<|endoftext|>', '<eos>', '[EOS]'];

/** Reads a model from the bytes of a tokenizer.json. `file` names it in messages. */
export function parseTokenizerJson(bytes: Uint8Array, file: string, names: SpecialNames = {}): Result<ByteLevelModel> {
  const json = parseJson(bytes, file, damaged);
  if (!json.ok) return json;
  try {
    return ok(readModel(new JsonPlace(json.value, file, '', damaged), bytes, file, names));
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { ok: false, problem: error.problem };
  }
}

/** The names in a tokenizer_config.json; it is another's file, so what is odd in it is passed over. */
export function parseSpecialNames(bytes: Uint8Array): SpecialNames {
  const json = parseJson(bytes, '', damaged);
  if (!json.ok || typeof json.value !== 'object' || json.value === null) return {};
  const { bos_token: bos, eos_token: eos } = json.value as Record<string, unknown>;
  const nameOf = (value: unknown): string | undefined => {
    if (typeof value === 'object' && value !== null) return nameOf((value as Record<string, unknown>)['content']);
    return typeof value === 'string' ? value : undefined;
  };
  const [bosName, eosName] = [nameOf(bos), nameOf(eos)];
  return {
    ...(bosName === undefined ? {} : { bos: bosName }),
    ...(eosName === undefined ? {} : { eos: eosName }),
  };
}

function readModel(root: JsonPlace, bytes: Uint8Array, file: string, names: SpecialNames): ByteLevelModel {
  const model = root.get('model');
  checkKind(root, model);
  const vocabulary = readVocabulary(model.get('vocab'));
  const vocabularySize = vocabulary.pieces.length;
  const ids = vocabulary.ids;
  const merges = readMerges(model.get('merges'), ids);
  const normalizer = readNormalizer(root.get('normalizer'));
  const steps = readSteps(root.get('pre_tokenizer'));
  checkBytes(model.get('vocab'), ids);
  const addedTokens = readAddedTokens(root.get('added_tokens'), ids, vocabularySize);
  const scores = new Float64Array(vocabularySize);
  for (let rank = merges.merged.length - 1; rank >= 0; rank--) scores[merges.merged[rank]!] = -rank;
  const pieces: Piece[] = vocabulary.pieces.map((piece, id) => ({
    piece,
    score: scores[id]! + 0,
    type: PieceType.normal,
  }));
  for (const { id, content, special } of addedTokens) {
    pieces[id] = { piece: content, score: 0, type: special ? PieceType.control : PieceType.userDefined };
  }
  const template = templateTokens(root.get('post_processor'));
  const idOf = (given: string | undefined, usual: readonly string[]) =>
    [...(given === undefined ? [] : [given]), ...usual].map((name) => ids.get(name)).find((id) => id !== undefined);
  return {
    format: 'tokenizer.json',
    file,
    bytes,
    pieces,
    ids,
    vocabularySize,
    merges,
    ignoreMerges: model.get('ignore_merges').boolean(false),
    addedTokens,
    normalizer,
    steps,
    bosId: idOf(names.bos ?? template.bos, usualBos),
    eosId: idOf(names.eos ?? template.eos, usualEos),
  };
}

/** Refuses all that is no byte-level BPE. */
function checkKind(root: JsonPlace, model: JsonPlace): void {
  if (root.get('model').isAbsent) throw root.fail('this is no tokenizer.json (there is no model in it)', wanted);
  const type = model.get('type').isAbsent ? 'BPE' : model.get('type').string();
  if (type !== 'BPE')
    throw model.get('type').fail(`the tokenizer is of the kind ${type}; byte-level BPE is supported`, wanted);
  if (model.get('byte_fallback').boolean(false)) {
    throw model
      .get('byte_fallback')
      .fail(
        'this is a SentencePiece vocabulary in the form of a tokenizer.json, and byte-level ones are supported',
        'Give the tokenizer.model that belongs to it.',
      );
  }
  const { value: dropout } = model.get('dropout');
  if (dropout !== undefined && dropout !== null && dropout !== 0) {
    throw model.get('dropout').fail('merges left out at random (dropout) are not supported', 'Set it to null.');
  }
  for (const key of ['continuing_subword_prefix', 'end_of_word_suffix']) {
    const { value } = model.get(key);
    if (value === undefined || value === null || value === '') continue;
    throw model.get(key).fail(`${key} is not supported; byte-level BPE has none`, wanted);
  }
  const decoder = root.get('decoder');
  const kind = decoder.isAbsent ? 'none' : decoder.get('type').string();
  if (kind !== 'ByteLevel')
    throw decoder.fail(`the decoder is ${kind}, and that of byte-level BPE is ByteLevel`, wanted);
}

/** Pieces by id, and ids by piece. Ids run from 0 without gaps. */
function readVocabulary(place: JsonPlace): { pieces: string[]; ids: Map<string, number> } {
  const entries = Object.entries(place.object());
  if (entries.length === 0) throw place.fail('there are no pieces');
  if (entries.length > maximumPieces) throw place.fail(`there are more than ${maximumPieces} pieces`);
  const pieces = new Array<string | undefined>(entries.length);
  const ids = new Map<string, number>();
  for (const [piece, value] of entries) {
    const fail = (what: string) => entry(place, piece).fail(what);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
      throw fail(`an id (a whole number from 0) is wanted here`);
    }
    if (value >= entries.length) {
      throw fail(`the id ${value} leaves gaps: ${entries.length} pieces have the ids 0 to ${entries.length - 1}`);
    }
    const other = pieces[value];
    if (other !== undefined) throw fail(`the id ${value} belongs to ${JSON.stringify(other)} too`);
    if (piece === '') throw fail('a piece is empty');
    pieces[value] = piece;
    ids.set(piece, value);
  }
  return { pieces: pieces as string[], ids };
}

const entry = (place: JsonPlace, piece: string): JsonPlace =>
  place.get(piece.length > 60 ? `${piece.slice(0, 60)}…` : piece);

/** Every byte that UTF-8 has must have a piece: text would be lost. */
function checkBytes(place: JsonPlace, ids: ReadonlyMap<string, number>): void {
  const missing = byteSymbols.findIndex(
    (symbol, byte) => !ids.has(symbol) && byte !== 0xc0 && byte !== 0xc1 && byte < 0xf5,
  );
  if (missing < 0) return;
  const symbol = byteSymbols[missing]!;
  throw place.fail(
    `there is no piece ${JSON.stringify(symbol)} for the byte 0x${missing.toString(16).toUpperCase().padStart(2, '0')}`,
    'A byte-level vocabulary has a piece for each byte; give another one.',
  );
}

function readMerges(place: JsonPlace, ids: ReadonlyMap<string, number>): MergeTable {
  const merges = place.array();
  if (merges.length > 2 * maximumPieces) throw place.fail(`there are more than ${2 * maximumPieces} merges`);
  const left = new Int32Array(merges.length);
  const right = new Int32Array(merges.length);
  const merged = new Int32Array(merges.length);
  for (let rank = 0; rank < merges.length; rank++) {
    const fail = (what: string) => place.item(rank).fail(what);
    const merge: unknown = merges[rank];
    const pair: readonly unknown[] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
    const [a, b] = pair;
    if (pair.length !== 2 || typeof a !== 'string' || typeof b !== 'string') {
      throw fail('a merge is a pair of pieces, as ["a","b"] or "a b"');
    }
    const parts = [a, b, a + b].map((piece) => ids.get(piece) ?? -1);
    const unknown = parts.indexOf(-1);
    if (unknown >= 0)
      throw fail(`${JSON.stringify([a, b, a + b][unknown]!.slice(0, 60))} is no piece of the vocabulary`);
    [left[rank], right[rank], merged[rank]] = parts as [number, number, number];
  }
  return { left, right, merged };
}

/** In the order of the file; adds their names to `ids`. */
function readAddedTokens(place: JsonPlace, ids: Map<string, number>, vocabularySize: number): AddedToken[] {
  if (place.isAbsent) return [];
  if (place.array().length > maximumPieces) throw place.fail(`there are more than ${maximumPieces} added tokens`);
  const tokens: AddedToken[] = [];
  const seen = new Set<number>();
  let next = vocabularySize;
  for (const item of place.items()) {
    const id = item.get('id').id();
    const content = item.get('content').string();
    if (content === '') throw item.get('content').fail('an added token is empty');
    const known = ids.get(content);
    if (known !== undefined && (known !== id || seen.has(id))) {
      throw item.fail(`${JSON.stringify(content.slice(0, 60))} has the id ${known} already`);
    }
    if (known === undefined && id !== next++)
      throw item.get('id').fail(`the id ${id} stands where ${next - 1} would follow`);
    ids.set(content, id);
    seen.add(id);
    const special = item.get('special').boolean(false);
    tokens.push({
      id,
      content,
      special,
      lstrip: item.get('lstrip').boolean(false),
      rstrip: item.get('rstrip').boolean(false),
      singleWord: item.get('single_word').boolean(false),
      normalized: item.get('normalized').boolean(!special),
    });
  }
  // Such a token would begin inside of what another one took along.
  const blank = tokens.findIndex((token) => /^\p{White_Space}/u.test(token.content));
  if (blank >= 0 && tokens.some((token) => token.rstrip)) {
    throw place
      .item(blank)
      .fail(
        'a token that begins with white space beside one that takes white space along (rstrip) is not supported',
        wanted,
      );
  }
  return tokens;
}

/** The special tokens that the post-processor puts before and behind a text, in its template or in one of several. */
function templateTokens(place: JsonPlace): SpecialNames {
  if (place.isAbsent) return {};
  const type = place.get('type').string();
  if (type === 'Sequence') {
    return [...place.get('processors').items()].map(templateTokens).reduce((all, next) => ({ ...all, ...next }), {});
  }
  if (type !== 'TemplateProcessing') return {};
  const names: { bos?: string; eos?: string } = {};
  let behind = false;
  for (const item of place.get('single').items()) {
    const special = item.get('SpecialToken');
    if (special.value === undefined) behind = true;
    else names[behind ? 'eos' : 'bos'] = special.get('id').string();
  }
  return names;
}
