/** Small models and texts for tests, made on the spot. */
import { unwrap } from '../../base/problem.ts';
import { trainBpe, WordCounts } from '../../vocab/train.ts';
import { MessageWriter } from '../../base/protobuf.ts';
import type { TrainOptions } from '../../vocab/train/options.ts';
import { pieceOfByte, type SentencePieceModel } from '../sentencePieceModel.ts';
import { type Piece, PieceType } from '../tokenizer.ts';

export const english = [
  'The weather was fine this morning, so we walked along the river to the old market.',
  'A token is a piece of text: a word, a part of a word, or a single character.',
  'She asked whether the library would be open on Sunday; nobody knew.',
  'In 2023 the price rose from $3.14 to $10.50 (more than three times as much).',
  'He said: "Whatever you do, keep the windows closed while the wind is blowing."',
  'Training a language model takes time, patience, and a great deal of text.',
];

export const korean = [
  '오늘 아침에는 날씨가 맑아서 강을 따라 오래된 시장까지 걸었다.',
  '토큰은 글의 조각이다. 낱말이기도 하고 낱말의 일부이기도 하고 글자 하나이기도 하다.',
  '도서관이 일요일에 여는지 물었지만 아무도 몰랐다.',
  '2023년에 값이 3.14달러에서 10.50달러로 올랐다.',
  '바람이 부는 동안에는 창문을 닫아 두라고 그가 말했다.',
  '언어 모델을 가르치려면 시간과 인내와 많은 글이 필요하다.',
];

export function trained(
  lines: readonly string[],
  options: Partial<TrainOptions> & { size: number },
): SentencePieceModel {
  const counts = new WordCounts({ userDefined: options.userDefined });
  for (const line of lines) counts.add(line);
  return unwrap(trainBpe(counts, { coverage: 1, byteFallback: true, ...options }, 'trained.model'));
}

export interface Recipe {
  readonly algorithm: 'unigram' | 'bpe';
  /** Beside <unk> <s> </s> and, with `byteFallback`, the byte pieces. */
  readonly pieces: readonly (readonly [piece: string, score: number, type?: PieceType | undefined])[];
  readonly byteFallback?: boolean;
  readonly addDummyPrefix?: boolean;
  readonly removeExtraWhitespaces?: boolean;
  readonly escapeWhitespaces?: boolean;
  readonly whitespaceAsSuffix?: boolean;
  /** Compiled rules (charsmaps.ts). */
  readonly charsmap?: Uint8Array;
}

/** The bytes of a model written by hand. */
export function modelBytes(recipe: Recipe): Uint8Array {
  const writer = new MessageWriter();
  const pieces: Piece[] = [
    { piece: '<unk>', score: 0, type: PieceType.unknown },
    { piece: '<s>', score: 0, type: PieceType.control },
    { piece: '</s>', score: 0, type: PieceType.control },
  ];
  for (let byte = 0; recipe.byteFallback === true && byte < 256; byte++) {
    pieces.push({ piece: pieceOfByte(byte), score: 0, type: PieceType.byte });
  }
  for (const [piece, score, type] of recipe.pieces) pieces.push({ piece, score, type: type ?? PieceType.normal });
  for (const { piece, score, type } of pieces) {
    writer.bytes(1, new MessageWriter().text(1, piece).float(2, score).varint(3, type).finish());
  }
  const trainer = new MessageWriter().varint(3, recipe.algorithm === 'bpe' ? 2 : 1).varint(4, pieces.length);
  trainer.varint(24, recipe.whitespaceAsSuffix === true ? 1 : 0).varint(35, recipe.byteFallback === true ? 1 : 0);
  const normalizer = new MessageWriter()
    .text(1, recipe.charsmap === undefined ? 'identity' : 'some')
    .bytes(2, recipe.charsmap ?? new Uint8Array())
    .varint(3, recipe.addDummyPrefix === false ? 0 : 1)
    .varint(4, recipe.removeExtraWhitespaces === true ? 1 : 0)
    .varint(5, recipe.escapeWhitespaces === false ? 0 : 1);
  return writer.bytes(2, trainer.finish()).bytes(3, normalizer.finish()).finish();
}

/** Numbers in [0, below), the same for the same seed (mulberry32). */
export function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

const snippets = [
  ...Array.from(
    'aab  \u2581\u2581\t\n\r\0é한글햄e\u0301\u1112\u1161\u11ab漢か\u3000\u00a0\u200b\ufeff\ufffd𝒳🇰🇷0123.,<>"\\',
  ),
  'the ',
  ' a',
  'aaaa',
  '한국어 ',
  '<unk>',
  '<s>',
  '</s>',
  '<0x0A>',
  '👩‍👩‍👧',
  '   ',
  'ing',
  '\u2581the',
];

/** A text of odd things: runs, spaces of all kinds, pieces' names, emoji, combining marks. Always well-formed. */
export function oddText(random: (below: number) => number): string {
  let text = '';
  for (let n = 1 + random(30); n > 0; n--) {
    text += snippets[random(snippets.length)]!.repeat(random(8) === 0 ? 1 + random(40) : 1);
  }
  return text;
}
